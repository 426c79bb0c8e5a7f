using System.Diagnostics.Metrics;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Http;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Rollcall.Grpc.Client.Internal;

namespace Rollcall.Grpc.Client.DependencyInjection.Internal;

/// <summary>The channels of a container's clients: one for each address and set of settings. Ends with the container. Thread-safe.</summary>
internal sealed class SharedChannels(
    IServiceScopeFactory scopes, IOptionsMonitor<HttpClientFactoryOptions> httpOptions, ContainerDirectories directories) : IAsyncDisposable, IDisposable
{
    private readonly MadeOnce<ChannelKey, GrpcChannel> _channels = new();
    private readonly AsyncServiceScope _scope = scopes.CreateAsyncScope();
    private volatile bool _disposed;

    /// <summary>For what lives as long as the channels: message handlers, interceptors of scope Channel.</summary>
    public IServiceProvider Services => _scope.ServiceProvider;

    /// <exception cref="ArgumentException">A setting of the channel is wrong.</exception>
    /// <exception cref="ObjectDisposedException">The container was disposed.</exception>
    public GrpcChannel Get(string name, GrpcClientFactoryOptions options)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        var http = httpOptions.Get(name);
        var address = options.Address!.OriginalString;
        Action<GrpcChannelOptions>[] actions = [.. options.ChannelOptionsActions];
        Func<HttpMessageHandler>? createHandler = HandlerChain.IsCustom(http) ? () => HandlerChain.Build(name, Services, http) : null;
        var key = new ChannelKey(address, createHandler is null ? null : name, actions);
        return _channels.Get(key, () => Create(address, actions, createHandler));
    }

    public void Dispose()
    {
        foreach (var channel in Close())
        {
            channel.Dispose();
        }

        _scope.Dispose();
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var channel in Close())
        {
            await channel.DisposeAsync().ConfigureAwait(false);
        }

        await _scope.DisposeAsync().ConfigureAwait(false);
    }

    private GrpcChannel Create(string address, Action<GrpcChannelOptions>[] actions, Func<HttpMessageHandler>? createHandler)
    {
        var options = new GrpcChannelOptions
        {
            LoggerFactory = Services.GetService<ILoggerFactory>(),
            MeterFactory = Services.GetService<IMeterFactory>(),
            TimeProvider = Services.GetService<TimeProvider>() ?? TimeProvider.System,
        };
        foreach (var action in actions)
        {
            action(options);
        }

        if (options.HttpHandler is null && createHandler is not null)
        {
            options.HttpHandler = createHandler();
            options.DisposeHttpClient = true;
        }

        var target = ChannelTarget.Parse(address);
        if (options.Directory is null && options.Balancer is null && target.Consul is { } consul)
        {
            options.Directory = directories.GetDirectory(consul, options.ConfigureConsul);
        }

        options.ServiceConfigs ??= directories.GetServiceConfigs(target, options.ConfigureConsul);
        return GrpcChannel.ForAddress(address, options);
    }

    private IEnumerable<GrpcChannel> Close()
    {
        _disposed = true;
        return _channels.Values;
    }
}
