using System.Collections.Concurrent;
using System.Collections.Immutable;
using Rollcall.Discovery;
using Rollcall.Discovery.Balancing;

namespace Rollcall.Grpc.Client.Internal;

/// <summary>
/// The connections of a channel, an HTTP handler to each endpoint: those of endpoints that stay in the list are kept when it changes, and the
/// others are closed when their calls have ended. A handler that the user gave is shared by all endpoints and left alone. Thread-safe.
/// </summary>
internal sealed class EndpointTransports : IDisposable
{
    private readonly ConcurrentDictionary<Endpoint, EndpointTransport> _byEndpoint = new();
    private readonly Func<EndpointConnector?, EndpointConnectivity?, HttpMessageHandler>? _createHandler;
    private readonly Func<ServiceBalancer> _balancer;
    private readonly TimeSpan _connectTimeout;
    private readonly string? _authority;
    private readonly EndpointTransport? _shared;
    private readonly HttpMessageHandler? _toDispose;
    private volatile bool _disposed;

    /// <param name="options">The channel's.</param>
    /// <param name="security">Its certificates.</param>
    /// <param name="balancer">Knows the endpoints; asked for with the first of them.</param>
    /// <exception cref="ArgumentException">Certificates can't be used, or are given beside a handler that would not see them.</exception>
    public EndpointTransports(GrpcChannelOptions options, ChannelSecurity security, Func<ServiceBalancer> balancer)
    {
        _balancer = balancer;
        _connectTimeout = GrpcChannelOptions.AtMostADay(options.ConnectTimeout);
        _authority = options.Authority;
        if (options.HttpHandler is { } given)
        {
            if (security.HasOwnTlsSettings)
            {
                throw new ArgumentException(
                    "SslCredentials with certificates have no effect on GrpcChannelOptions.HttpHandler, which does TLS by itself. Set its SslOptions, "
                    + "or leave HttpHandler null.");
            }

            _shared = new EndpointTransport(new HttpMessageInvoker(given, disposeHandler: false), connectivity: null, _connectTimeout, _authority);
            _toDispose = options.DisposeHttpClient ? given : null;
        }
        else
        {
            _createHandler = DefaultHttpHandler.CreateFactory(options, security);
            Connectivity = new ChannelConnectivity();
        }
    }

    /// <summary>Whether there are connections. Null: the handler is the user's own, which does not tell.</summary>
    public ChannelConnectivity? Connectivity { get; }

    /// <exception cref="ObjectDisposedException">The channel was disposed.</exception>
    public EndpointTransport Get(Endpoint endpoint)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        if (_shared is not null)
        {
            return _shared;
        }

        var transport = _byEndpoint.TryGetValue(endpoint, out var known) ? known : Add(endpoint);

        // Disposed just now: whoever of the two comes second sees the other.
        if (_disposed)
        {
            transport.Retire();
        }

        return transport;
    }

    /// <summary>The list has changed: lets go of the endpoints that are not in it.</summary>
    public void Retain(ImmutableArray<Endpoint> endpoints)
    {
        if (_byEndpoint.IsEmpty)
        {
            return;
        }

        var staying = endpoints.ToHashSet();
        foreach (var endpoint in _byEndpoint.Keys)
        {
            if (!staying.Contains(endpoint) && _byEndpoint.TryRemove(endpoint, out var left))
            {
                left.Retire();
            }
        }
    }

    public void Dispose()
    {
        _disposed = true;
        foreach (var transport in _byEndpoint.Values)
        {
            transport.Retire();
        }

        _toDispose?.Dispose();
        Connectivity?.Dispose();
    }

    private EndpointTransport Add(Endpoint endpoint)
    {
        var connectivity = Connectivity!.Add();
        var made = new EndpointTransport(
            new HttpMessageInvoker(_createHandler!(new EndpointConnector(endpoint, _balancer()), connectivity), disposeHandler: true), connectivity, _connectTimeout, _authority);
        var kept = _byEndpoint.GetOrAdd(endpoint, made);
        if (kept != made)
        {
            made.Retire();
        }

        return kept;
    }
}
