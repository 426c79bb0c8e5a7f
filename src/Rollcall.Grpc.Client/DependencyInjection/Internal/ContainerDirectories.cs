using System.Diagnostics.Metrics;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Rollcall.Consul;
using Rollcall.Discovery;
using Rollcall.Discovery.Configuration.Live;
using Rollcall.Discovery.Consul;
using Rollcall.Grpc.Client.Internal;

namespace Rollcall.Grpc.Client.DependencyInjection.Internal;

/// <summary>
/// Where the channels of a container look services and their configs up: in the container's directories, if it has them and the target names no other
/// Consul; else in ones of their own for each Consul, by the container's settings, clock, log and meters. Ends with the container. Thread-safe.
/// </summary>
internal sealed class ContainerDirectories(IServiceProvider services, IOptionsFactory<ConsulClientOptions> consulOptions) : IAsyncDisposable, IDisposable
{
    private readonly MadeOnce<(Uri Address, Action<ConsulClientOptions>? Configure), OwnedDirectory> _owned = new();

    /// <summary>The instances.</summary>
    /// <param name="target">What the channel's address says.</param>
    /// <param name="configure">Changes what the container's settings say, for this channel. Null: nothing does.</param>
    /// <exception cref="ArgumentException">The settings have faults; the message lists them.</exception>
    /// <exception cref="OptionsValidationException">An environment variable of Consul can't be used.</exception>
    public EndpointDirectory GetDirectory(ConsulTarget target, Action<ConsulClientOptions>? configure)
    {
        var (options, isOfContainer) = ReadOptions(target, configure);
        return isOfContainer && services.GetService<EndpointDirectory>() is { } shared ? shared : Own(options, configure).Directory;
    }

    /// <summary>The service configs. Null: neither the container nor the target wants them to be followed, or the address is no service.</summary>
    /// <inheritdoc cref="GetDirectory"/>
    public ServiceConfigDirectory? GetServiceConfigs(ChannelTarget target, Action<ConsulClientOptions>? configure)
    {
        var followed = services.GetService<ServiceConfigDirectory>();
        if (target.Consul is not { } consul)
        {
            return target.Service is null ? null : followed;
        }

        if (consul.ToServiceConfigQuery(otherwise: followed is not null) is null)
        {
            return null;
        }

        var (options, isOfContainer) = ReadOptions(consul, configure);
        return isOfContainer && followed is not null ? followed : Own(options, configure).ServiceConfigs;
    }

    // Like a channel's: gives the watches up without waiting for their end.
    public void Dispose() => _ = DisposeAsync().AsTask();

    public async ValueTask DisposeAsync()
    {
        foreach (var owned in _owned.Values)
        {
            await owned.ServiceConfigs.DisposeAsync().ConfigureAwait(false);
            await owned.Directory.DisposeAsync().ConfigureAwait(false);
            owned.Client.Dispose();
        }
    }

    private (ConsulClientOptions Options, bool IsOfContainer) ReadOptions(ConsulTarget target, Action<ConsulClientOptions>? configure)
    {
        var options = consulOptions.Create(Options.DefaultName);
        var ofContainer = options.Address;
        configure?.Invoke(options);
        options = target.ToClientOptions(options);
        return (options, configure is null && options.Address == ofContainer);
    }

    private OwnedDirectory Own(ConsulClientOptions options, Action<ConsulClientOptions>? configure) =>
        _owned.Get((options.Address, configure), () => Create(options));

    private OwnedDirectory Create(ConsulClientOptions options)
    {
        var time = services.GetService<TimeProvider>();
        var loggers = services.GetService<ILoggerFactory>();
        var client = new ConsulClient(options, time);
        var source = new ConsulEndpointSource(client, timeProvider: time, loggerFactory: loggers);
        var directory = new EndpointDirectory(
            source, timeProvider: time, loggerFactory: loggers, meterFactory: services.GetService<IMeterFactory>(), sequences: new ConsulSequences(client, timeProvider: time));
        var configs = new ServiceConfigDirectory([new ConsulServiceConfigSource(client)], time, loggers);
        return new OwnedDirectory(client, directory, configs);
    }

    private sealed record OwnedDirectory(ConsulClient Client, EndpointDirectory Directory, ServiceConfigDirectory ServiceConfigs);
}
