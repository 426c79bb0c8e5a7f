using Grpc.Core;

namespace Rollcall.Grpc.Client.Internal;

/// <summary>The state of a channel over all its endpoints: the best that one of them has. Thread-safe.</summary>
internal sealed class ChannelConnectivity : IDisposable
{
    private readonly Lock _lock = new();
    private readonly CancellationTokenSource _shutdown = new();

    // Guarded by _lock.
    private readonly HashSet<EndpointConnectivity> _endpoints = [];
    private int _searching;
    private bool _closed;

    private volatile ConnectivityMoment _now = new(ConnectivityState.Idle);

    public ConnectivityState State => _now.State;

    /// <summary>Fires when the channel is disposed.</summary>
    public CancellationToken Shutdown => _shutdown.Token;

    public Task WaitForChangeAsync(ConnectivityState last, CancellationToken cancellationToken) => _now.WaitForChangeAsync(last, cancellationToken);

    /// <summary>An endpoint that is called, or is about to be.</summary>
    public EndpointConnectivity Add()
    {
        var endpoint = new EndpointConnectivity(this);
        lock (_lock)
        {
            _endpoints.Add(endpoint);
        }

        return endpoint;
    }

    /// <summary>The endpoint has left the list.</summary>
    public void Remove(EndpointConnectivity endpoint) => Change(() => _endpoints.Remove(endpoint));

    /// <summary>Somebody looks for an endpoint to connect to, or has stopped to.</summary>
    public void OnSearching(bool begins) => Change(() => _searching += begins ? 1 : -1);

    /// <summary>Changes something that the state depends on, under the lock.</summary>
    public void Change(Action change)
    {
        ConnectivityMoment? replaced = null;
        lock (_lock)
        {
            change();
            var state = ReadLocked();
            if (state != _now.State)
            {
                replaced = _now;
                _now = new ConnectivityMoment(state);
            }
        }

        replaced?.SignalReplaced();
    }

    public void Dispose()
    {
        Change(() => _closed = true);

        // Not disposed: who connects at this moment still uses its token.
        _shutdown.Cancel();
    }

    private ConnectivityState ReadLocked()
    {
        if (_closed)
        {
            return ConnectivityState.Shutdown;
        }

        var state = _searching > 0 ? ConnectivityState.Connecting : ConnectivityState.Idle;
        foreach (var endpoint in _endpoints)
        {
            switch (endpoint.State)
            {
                case ConnectivityState.Ready:
                    return ConnectivityState.Ready;
                case ConnectivityState.Connecting:
                    state = ConnectivityState.Connecting;
                    break;
                case ConnectivityState.TransientFailure when state == ConnectivityState.Idle:
                    state = ConnectivityState.TransientFailure;
                    break;
                default:
                    break;
            }
        }

        return state;
    }
}
