using Grpc.Core;

namespace Rollcall.Grpc.Client.Internal;

/// <summary>How many connections to one endpoint there are, and are being made. Thread-safe.</summary>
internal sealed class EndpointConnectivity(ChannelConnectivity channel)
{
    // Guarded by the channel's lock.
    private int _connecting;
    private int _established;
    private bool _failed;

    private volatile ConnectivityMoment _now = new(ConnectivityState.Idle);
    private volatile ConnectRequest? _waiting;

    public ConnectivityState State => _now.State;

    /// <summary>Waits for a connection, whoever makes it. One at a time.</summary>
    public ConnectRequest? Waiting
    {
        get => _waiting;
        set => _waiting = value;
    }

    public Task WaitForChangeAsync(ConnectivityState last, CancellationToken cancellationToken) => _now.WaitForChangeAsync(last, cancellationToken);

    /// <summary>A connection is being made; <see cref="OnEstablished"/> or <see cref="OnFailed"/> follows.</summary>
    public void OnConnecting() => Change(connecting: 1);

    /// <summary>The peer speaks HTTP/2; <see cref="OnClosed"/> follows.</summary>
    public void OnEstablished() => Change(connecting: -1, established: 1, failed: false);

    public void OnFailed() => Change(connecting: -1, failed: true);

    public void OnClosed() => Change(established: -1);

    /// <summary>No calls go there any more.</summary>
    public void Remove() => channel.Remove(this);

    private void Change(int connecting = 0, int established = 0, bool? failed = null)
    {
        var before = _now;
        channel.Change(() =>
        {
            before = _now;
            _connecting += connecting;
            _established += established;
            _failed = failed ?? _failed;
            var state = _established > 0 ? ConnectivityState.Ready
                : _connecting > 0 ? ConnectivityState.Connecting
                : _failed ? ConnectivityState.TransientFailure
                : ConnectivityState.Idle;
            if (state != before.State)
            {
                _now = new ConnectivityMoment(state);
            }
        });
        if (_now != before)
        {
            before.SignalReplaced();
        }
    }
}
