using System.Net.Sockets;

namespace Rollcall.Grpc.Client.Internal;

/// <summary>
/// A connection whose beginning and end the channel's state hears of, and whose peer is heard to the end: a server that stops says with its last
/// bytes (GOAWAY) which calls it has not begun. What it costs is one comparison for each read and write.
/// </summary>
internal sealed class ConnectionStream : NetworkStream
{
    private const string Hint =
        $"Perhaps it speaks TLS there: https:// and ChannelCredentials.SecureSsl are for that. Or {TransportError.Http1Alone}";

    private readonly EndpointConnectivity _connectivity;
    private readonly TaskCompletionSource _established = new(TaskCreationOptions.RunContinuationsAsynchronously);

    // Without TLS nothing but the peer's first bytes tells that it speaks.
    private volatile bool _listens;
    private int _state;

    /// <param name="socket">Connected; the stream owns it.</param>
    /// <param name="connectivity">Has heard that the connection is being made.</param>
    /// <param name="tls">Whether a TLS handshake comes first.</param>
    public ConnectionStream(Socket socket, EndpointConnectivity connectivity, bool tls)
        : base(socket, ownsSocket: true)
    {
        _connectivity = connectivity;
        _listens = !tls;
    }

    /// <summary>Completes when the peer speaks HTTP/2, and faults when the connection ends before.</summary>
    public Task Established => _established.Task;

    /// <summary>The peer speaks HTTP/2.</summary>
    public void OnEstablished()
    {
        _listens = false;
        if (Interlocked.CompareExchange(ref _state, State.Established, State.Connecting) == State.Connecting)
        {
            _connectivity.OnEstablished();
            _established.TrySetResult();
        }
    }

    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) =>
        _listens ? ReadFirstAsync(buffer, cancellationToken) : base.ReadAsync(buffer, cancellationToken);

    public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        var write = _listens ? ServerGreeting.WriteAsync(base.WriteAsync, buffer, Hint, cancellationToken) : base.WriteAsync(buffer, cancellationToken);
        return write.IsCompletedSuccessfully ? write : FinishAsync(write);
    }

    protected override void Dispose(bool disposing)
    {
        base.Dispose(disposing);
        switch (Interlocked.Exchange(ref _state, State.Closed))
        {
            case State.Connecting:
                _connectivity.OnFailed();
                _established.TrySetException(new IOException("The peer closed the connection before it spoke HTTP/2."));

                // Perhaps nobody waits for it.
                _ = _established.Task.Exception;
                break;
            case State.Established:
                _connectivity.OnClosed();
                break;
            default:
                break;
        }
    }

    private async ValueTask<int> ReadFirstAsync(Memory<byte> buffer, CancellationToken cancellationToken)
    {
        var count = await ServerGreeting.ReadAsync(base.ReadAsync, buffer, Hint, cancellationToken).ConfigureAwait(false);
        if (count > 0)
        {
            OnEstablished();
        }

        return count;
    }

    /// <summary>
    /// A peer that has closed the connection breaks what is written to it, and what it sent before may not have been read yet. The handler would give
    /// up all its calls for the former; the latter says which of them were answered, and which can go elsewhere. So it is left to the reader, who
    /// comes to the same end after the last byte, to find the connection broken.
    /// </summary>
    private static async ValueTask FinishAsync(ValueTask write)
    {
        try
        {
            await write.ConfigureAwait(false);
        }
        catch (IOException e) when (e.InnerException is SocketException
        {
            SocketErrorCode: SocketError.Shutdown or SocketError.ConnectionReset or SocketError.ConnectionAborted or SocketError.TimedOut,
        })
        {
        }
    }

    private static class State
    {
        public const int Connecting = 0;
        public const int Established = 1;
        public const int Closed = 2;
    }
}
