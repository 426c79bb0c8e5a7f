using System.Collections.Concurrent;
using System.Collections.Immutable;
using Rollcall.Discovery.Balancing;

namespace Rollcall.Discovery.Http;

/// <summary>
/// The connections to the instances of one service: those of instances that stay in the list are kept when it changes, the others are closed
/// when their requests have ended. Thread-safe.
/// </summary>
internal sealed class InstanceTransports : IDisposable
{
    private readonly Action<SocketsHttpHandler>? _configure;
    private readonly ServiceBalancer _balancer;
    private readonly ConcurrentDictionary<Endpoint, InstanceTransport> _byEndpoint = new();
    private volatile bool _disposed;

    /// <param name="configure">Changes the handler of each instance.</param>
    /// <param name="balancer">Has the list. Not owned.</param>
    public InstanceTransports(Action<SocketsHttpHandler>? configure, ServiceBalancer balancer)
    {
        _configure = configure;
        _balancer = balancer;

        // Ends with the watch.
        balancer.Watch.OnChange(snapshot => Retain(snapshot.Endpoints));
    }

    /// <exception cref="ObjectDisposedException">The handler was disposed.</exception>
    public Task<HttpResponseMessage> SendAsync(Endpoint endpoint, HttpRequestMessage request, CancellationToken cancellationToken)
    {
        while (true)
        {
            var transport = Get(endpoint);
            try
            {
                return transport.SendAsync(request, cancellationToken);
            }
            catch (ObjectDisposedException) when (transport.IsRetired && !_disposed)
            {
                // The instance left the list between the pick and here. It was there a moment ago, so it is still called.
                _byEndpoint.TryRemove(KeyValuePair.Create(endpoint, transport));
            }
        }
    }

    /// <summary>The list has changed: lets go of the instances that are not in it.</summary>
    private void Retain(ImmutableArray<Endpoint> endpoints)
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
                left.Dispose();
            }
        }
    }

    public void Dispose()
    {
        _disposed = true;
        foreach (var transport in _byEndpoint.Values)
        {
            transport.Dispose();
        }
    }

    private InstanceTransport Get(Endpoint endpoint)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        if (_byEndpoint.TryGetValue(endpoint, out var known))
        {
            return known;
        }

        // One that loses a race has opened nothing yet.
        var transport = _byEndpoint.GetOrAdd(endpoint, static (e, self) => new InstanceTransport(e, self._balancer, self._configure), this);

        // Disposed just now: whoever of the two comes second sees the other.
        if (_disposed)
        {
            transport.Dispose();
        }

        return transport;
    }
}
