using Rollcall.Consul;
using Rollcall.Discovery;
using Rollcall.Discovery.Balancing;
using Rollcall.Discovery.Configuration;
using Rollcall.Discovery.Configuration.Live;
using Rollcall.Discovery.Consul;
using Rollcall.Grpc.Client.Configuration;

namespace Rollcall.Grpc.Client.Internal;

/// <summary>The balancer of a channel with what belongs to it.</summary>
internal sealed class ChannelBalancer : IDisposable, IAsyncDisposable
{
    private readonly ConfiguredBalancing? _own;
    private readonly ServiceBalancerOptions _defaults;
    private readonly ServiceConfigWatch? _config;
    private readonly IAsyncDisposable? _source;

    private ChannelBalancer(
        ServiceBalancer balancer, ConfiguredBalancing? own, ServiceBalancerOptions defaults, ServiceConfigWatch? config, IAsyncDisposable? source)
    {
        Balancer = balancer;
        _own = own;
        _defaults = defaults;
        _config = config;
        _source = source;
    }

    public ServiceBalancer Balancer { get; }

    /// <exception cref="ArgumentException">No policy has the name.</exception>
    public static ChannelBalancer Create(ChannelTarget target, GrpcChannelOptions options, ServiceCallConfig? config)
    {
        var defaults = options.CopyBalancing();
        defaults.Random = defaults.Random == Random.Shared ? options.Random : defaults.Random;
        defaults.HashKey = options.HashKey ?? defaults.HashKey;
        defaults.Canary = target.Service?.Canary ?? defaults.Canary;
        var own = options.Balancer is null ? ChooseBalancing(options, target.Service?.Policy, config, defaults) : null;
        DirectoryLease? lease = null;
        ServiceConfigWatch? follows = null;
        try
        {
            if (target.Consul is { } consul)
            {
                var live = consul.ToServiceConfigQuery(otherwise: options.ServiceConfigs is not null);
                var needsLease = options is { Balancer: null, Directory: null } || (live is not null && options.ServiceConfigs is null);
                lease = needsLease ? ConsulDirectories.Acquire(ReadConsulOptions(consul, options), options.LoggerFactory, options.MeterFactory) : null;
                follows = live is null ? null : (options.ServiceConfigs ?? lease!.ServiceConfigs).Watch(live);
                return new ChannelBalancer(
                    options.Balancer ?? new ServiceBalancer((options.Directory ?? lease!.Directory).Watch(consul.Query), own!.Policy, own.Options),
                    own,
                    defaults,
                    follows,
                    lease);
            }

            follows = target.Service is { } service ? options.ServiceConfigs?.Watch(new ServiceConfigQuery(service.Query.Name)) : null;
            if (options.Balancer is { } shared)
            {
                return new ChannelBalancer(shared, own, defaults, follows, source: null);
            }

            var directory = target.Dns is null ? null : options.Directory;
            var ofChannel = directory is not null ? null : new EndpointDirectory(
                target.Dns?.CreateSource(options.TimeProvider) as IEndpointSource ?? StaticEndpointSource.ForAddress(target.Host, target.Port),
                timeProvider: options.TimeProvider,
                loggerFactory: options.LoggerFactory,
                meterFactory: target.Dns is null ? null : options.MeterFactory ?? ProcessMeters.Instance);
            var query = target.Service?.Query ?? new ServiceQuery($"{target.Host}:{target.Port}");
            return new ChannelBalancer(
                new ServiceBalancer((directory ?? ofChannel!).Watch(query), own!.Policy, own.Options), own, defaults, follows, ofChannel);
        }
        catch
        {
            // There will be no channel to give them back. The balancer has seen to its own watch.
            follows?.Dispose();
            lease?.Dispose();
            throw;
        }
    }

    /// <summary>Keeps the balancer and the channel on the service config in force.</summary>
    /// <param name="configured">What the options say.</param>
    /// <param name="apply">See <see cref="ServiceConfigBinding"/>.</param>
    public ServiceConfigBinding Bind(ServiceCallConfig? configured, Action<ServiceCallConfig?> apply) =>
        new(Balancer, _own, _defaults, _config, configured, apply);

    public void Dispose()
    {
        if (_own is not null)
        {
            Balancer.Dispose();
        }

        // A directory of the channel's own ends with its only watch, which the balancer has just given back.
        (_source as IDisposable)?.Dispose();
    }

    public async ValueTask DisposeAsync()
    {
        if (_own is not null)
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

    private static ConfiguredBalancing ChooseBalancing(
        GrpcChannelOptions options, string? ofTarget, ServiceCallConfig? config, ServiceBalancerOptions defaults) =>
        (options.Policy ?? ofTarget) is { } name
            ? new ConfiguredBalancing(BalancingPolicies.Find(name), defaults)
            : config?.ReadBalancing(defaults)
                ?? new ConfiguredBalancing(BalancingPolicies.Find(LoadBalancingConfig.PickFirstPolicyName), defaults);
}
