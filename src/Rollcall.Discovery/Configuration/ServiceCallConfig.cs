using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;
using Rollcall.Discovery.Balancing;
using Rollcall.Discovery.Configuration.Internal;
using Rollcall.Discovery.Resilience;

namespace Rollcall.Discovery.Configuration;

/// <summary>
/// What callers of a service do: how calls are spread, timeouts, retries, hedging, per method. It is gRPC's service config
/// (<c>grpc.service_config.ServiceConfig</c>), read from its JSON form and checked, for gRPC channels and for <c>HttpClient</c>. Immutable.
/// </summary>
public sealed class ServiceCallConfig
{
    private readonly CallIndex _index;

    internal ServiceCallConfig(ImmutableArray<MethodCallConfig> methods)
    {
        Methods = methods;
        _index = new CallIndex(methods);
    }

    /// <summary>The policy that spreads the calls: the first of <see cref="BalancingChoices"/> that is known. Null: the caller's own default.</summary>
    public IBalancingPolicy? Balancing { get; init; }

    /// <summary>All policies that it names, in order of preference.</summary>
    public ImmutableArray<BalancingChoice> BalancingChoices { get; init; } = [];

    /// <summary>Settings for calls.</summary>
    public ImmutableArray<MethodCallConfig> Methods { get; }

    /// <summary>Stops retries and copies while most calls fail. Null: nothing does.</summary>
    public RetryThrottleSettings? RetryThrottling { get; init; }

    /// <summary>Fields that are not known here, by their paths. They were passed over, as the specification says, or are typing errors.</summary>
    public ImmutableArray<string> UnknownFields { get; init; } = [];

    /// <summary>
    /// What callers pass over, as the specification says, though it may be a typing error: <see cref="UnknownFields"/>, and entries of
    /// <c>methodConfig</c> without a name.
    /// </summary>
    public ImmutableArray<ServiceConfigFault> WithoutEffect { get; init; } = [];

    /// <summary>The choice that <see cref="Balancing"/> was made from.</summary>
    internal BalancingChoice? Balanced { get; init; }

    /// <summary>Reads a service config.</summary>
    /// <exception cref="FormatException">It is wrong; the message names every fault by its path, such as <c>methodConfig[0].timeout</c>.</exception>
    public static ServiceCallConfig Parse(string json)
    {
        ArgumentNullException.ThrowIfNull(json);
        return TryParse(json, out var config, out var faults) ? config : throw new FormatException(ServiceConfigFault.Describe(faults));
    }

    /// <summary>Reads a service config.</summary>
    /// <param name="json">The text. Fields that are not known are passed over; a wrong type or a value that breaks a rule is a fault.</param>
    /// <param name="config">The config, when true is returned.</param>
    /// <param name="faults">All that is wrong, when false is returned.</param>
    public static bool TryParse(string? json, [NotNullWhen(true)] out ServiceCallConfig? config, out ImmutableArray<ServiceConfigFault> faults)
    {
        var reader = new ServiceConfigReader();
        config = reader.Read(json ?? "");
        faults = reader.Faults;
        return config is not null;
    }

    /// <summary>The policy that it names, and what it says of the stages before the policy. Null: it says nothing of balancing.</summary>
    /// <param name="defaults">What holds where it says nothing; not changed.</param>
    /// <exception cref="ArgumentException">It contradicts the defaults, such as a longest time that is shorter than theirs; the message says in what.</exception>
    public ConfiguredBalancing? ReadBalancing(ServiceBalancerOptions? defaults = null) =>
        TryReadBalancing(defaults, out var balancing, out var fault) ? balancing : throw new ArgumentException(fault, nameof(defaults));

    /// <summary>As <see cref="ReadBalancing"/>, with what it contradicts as a text.</summary>
    internal bool TryReadBalancing(ServiceBalancerOptions? defaults, out ConfiguredBalancing? balancing, [NotNullWhen(false)] out string? fault)
    {
        balancing = null;
        fault = null;
        if (Balanced is not { } choice)
        {
            return true;
        }

        if (!BalancingConfig.TryRead(choice.Name, choice.Fields, defaults, out var policy, out var options, out fault))
        {
            return false;
        }

        balancing = new ConfiguredBalancing(policy, options);
        return true;
    }

    /// <summary>What it says of a method: the most specific name wins, the method's, then the service's, then the default. Null: nothing.</summary>
    /// <param name="service">The service with its package, <c>greet.Greeter</c>.</param>
    /// <param name="method">The method's own name, <c>SayHello</c>.</param>
    public MethodCallConfig? FindMethod(string service, string method)
    {
        ArgumentNullException.ThrowIfNull(service);
        ArgumentNullException.ThrowIfNull(method);
        return _index.Find($"{service}/{method}", httpMethod: null, out _);
    }

    /// <summary>
    /// What it says of an HTTP request: of all names that are a beginning of its path, the longest wins, and of two equal ones that which names the
    /// HTTP method. Null: nothing. Allocates nothing.
    /// </summary>
    /// <param name="httpMethod">For example <c>GET</c>.</param>
    /// <param name="path">The path, without a query.</param>
    /// <param name="namesMethod">Whether the name says the HTTP method: then retries were meant for it even if it is not safe.</param>
    public MethodCallConfig? FindRequest(string httpMethod, ReadOnlySpan<char> path, out bool namesMethod)
    {
        ArgumentNullException.ThrowIfNull(httpMethod);
        return _index.Find(path.Trim('/'), httpMethod, out namesMethod);
    }
}
