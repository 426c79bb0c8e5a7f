using Rollcall.Consul;
using Rollcall.Discovery;
using Rollcall.Discovery.Balancing;
using Rollcall.Discovery.Configuration;
using Rollcall.Discovery.Consul;
using Rollcall.Grpc.Client.Configuration;

namespace Rollcall.Grpc.Client.Internal;

/// <summary>The balancer of a channel with what belongs to it.</summary>
internal sealed class ChannelBalancer : IDisposable, IAsyncDisposable
{
    private readonly bool _ownsBalancer;
    private readonly IAsyncDisposable? _source;

    private ChannelBalancer(ServiceBalancer balancer, bool ownsBalancer, IAsyncDisposable? source = null)
    {
        Balancer = balancer;
        _ownsBalancer = ownsBalancer;
        _source = source;
    }

    public ServiceBalancer Balancer { get; }

    /// <exception cref="ArgumentException">No policy has the name.</exception>
    public static ChannelBalancer Create(ChannelTarget target, GrpcChannelOptions options, ServiceCallConfig? config)
    {
        if (options.Balancer is { } shared)
        {
            return new ChannelBalancer(shared, ownsBalancer: false);
        }

        var policy = ChoosePolicy(options, target.Consul?.Policy, config);
        var balancing = new ServiceBalancerOptions { Random = options.Random, HashKey = options.HashKey, Canary = target.Consul?.Service.Canary };
        if (target.Consul is { } consul)
        {
            if (options.Directory is { } given)
            {
                return new ChannelBalancer(new ServiceBalancer(given.Watch(consul.Query), policy, balancing), ownsBalancer: true);
            }

            var lease = ConsulDirectories.Acquire(ReadConsulOptions(consul, options), options.LoggerFactory);
            return new ChannelBalancer(new ServiceBalancer(lease.Directory.Watch(consul.Query), policy, balancing), ownsBalancer: true, lease);
        }

        var directory = new EndpointDirectory(
            StaticEndpointSource.ForAddress(target.Host, target.Port), timeProvider: options.TimeProvider, loggerFactory: options.LoggerFactory);
        var query = new ServiceQuery($"{target.Host}:{target.Port}");
        return new ChannelBalancer(new ServiceBalancer(directory.Watch(query), policy, balancing), ownsBalancer: true, directory);
    }

    public void Dispose()
    {
        if (_ownsBalancer)
        {
            Balancer.Dispose();
        }

        // A directory of the channel's own ends with its only watch, which the balancer has just given back.
        (_source as IDisposable)?.Dispose();
    }

    public async ValueTask DisposeAsync()
    {
        if (_ownsBalancer)
        {
            await Balancer.DisposeAsync().ConfigureAwait(false);
        }

        if (_source is not null)
        {
            await _source.DisposeAsync().ConfigureAwait(false);
        }
    }

    private static ConsulClientOptions ReadConsulOptions(ConsulTarget target, GrpcChannelOptions options)
    {
        try
        {
            var consul = new ConsulClientOptions();
            options.ConfigureConsul?.Invoke(consul);
            return target.ToClientOptions(consul);
        }
        catch (FormatException e)
        {
            throw new ArgumentException(e.Message, e);
        }
    }

    private static IBalancingPolicy ChoosePolicy(GrpcChannelOptions options, string? ofTarget, ServiceCallConfig? config) =>
        (options.Policy ?? ofTarget) is { } name
            ? BalancingPolicies.Find(name)
            : config?.Balancing ?? BalancingPolicies.Find(LoadBalancingConfig.PickFirstPolicyName);
}
