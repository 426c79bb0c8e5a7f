using System.IO.Pipelines;
using System.Net.Sockets;
using System.Runtime.Versioning;
using Microsoft.AspNetCore.Connections;

namespace Rollcall.Agent.Http.Listening;

/// <summary>One connection of a <see cref="SocketLoop"/>. What it receives is read and answered on the loop's thread; it may be answered from any other.</summary>
[SupportedOSPlatform("linux")]
internal sealed class SocketConnection : DefaultConnectionContext, IDuplexPipe
{
    // Room for a request. A connection that waits for one holds no buffer.
    private const int BufferBytes = 4096;

    // Of what follows a request that waits; when it goes on, all of this is answered at once. A large body is read as it comes.
    private const int MostUnread = 1 << 16;

    // What one connection may bring in a turn of its loop, some hundred small requests; the others have theirs.
    private const int BytesPerTurn = 4 * BufferBytes;

    private static readonly PipeOptions s_options = new(
        readerScheduler: PipeScheduler.Inline,
        writerScheduler: PipeScheduler.ThreadPool,
        pauseWriterThreshold: MostUnread,
        resumeWriterThreshold: MostUnread / 2,
        minimumSegmentSize: BufferBytes,
        useSynchronizationContext: false);

    private readonly SocketLoop _loop;
    private readonly Pipe _received = new(s_options);
    private readonly SocketWriter _writer;
    private readonly CancellationTokenSource _closed = new();

    // Who has it receives; the others leave word that there is more. 0: nobody does.
    private int _receiving;
    private Action? _goOn;
    private volatile bool _ending;
    private volatile bool _ended;
    private volatile Exception? _aborted;

    public SocketConnection(Socket socket, SocketLoop loop)
    {
        (Socket, _loop) = (socket, loop);
        socket.Blocking = false;
        _writer = new SocketWriter(socket);
        ConnectionId = Guid.NewGuid().ToString("N");
        Transport = this;
        ConnectionClosed = _closed.Token;
        LocalEndPoint = socket.LocalEndPoint;
        RemoteEndPoint = socket.RemoteEndPoint;
    }

    public Socket Socket { get; }

    /// <summary>What the loop knows it by.</summary>
    public ulong Key { get; set; }

    PipeReader IDuplexPipe.Input => _received.Reader;

    PipeWriter IDuplexPipe.Output => _writer;

    /// <summary>There is something new.</summary>
    public void Tell(uint news)
    {
        if ((news & Epoll.Writable) != 0)
        {
            _writer.SendMore();
        }

        if ((news & Epoll.Readable) != 0)
        {
            _ending |= (news & Epoll.Ending) != 0;
            Receive();
        }
    }

    public override void Abort(ConnectionAbortedException abortReason)
    {
        _aborted ??= abortReason;
        _writer.Stop();
        try
        {
            // Is news to the loop. The client hears of it when this is disposed.
            Socket.Shutdown(SocketShutdown.Receive);
        }
        catch (Exception exception) when (exception is SocketException or ObjectDisposedException)
        {
            // It has gone already.
        }
    }

    public override async ValueTask DisposeAsync()
    {
        await _writer.CompleteAsync().ConfigureAwait(false);
        await _received.Reader.CompleteAsync().ConfigureAwait(false);
        await _writer.SentAsync().ConfigureAwait(false);
        _writer.Stop();
        _loop.Remove(this);
        if (Interlocked.Increment(ref _receiving) == 1)
        {
            End(SocketError.Success);
        }

        Close();
        await base.DisposeAsync().ConfigureAwait(false);
    }

    private void Close()
    {
        if (_aborted is not null)
        {
            // The client is to see that it is no regular end.
            Socket.Close(timeout: 0);
            return;
        }

        try
        {
            Socket.Shutdown(SocketShutdown.Both);
        }
        catch (SocketException)
        {
            // The client was faster.
        }

        Socket.Dispose();
    }

    private void Receive()
    {
        if (Interlocked.Increment(ref _receiving) == 1)
        {
            GoOn();
        }
    }

    // Only for the one that has it receive.
    private void GoOn()
    {
        var left = BytesPerTurn;
        while (true)
        {
            // News that came while this was receiving count as one more try.
            var seen = Volatile.Read(ref _receiving);
            if (!ReceiveAll(ref left) || Interlocked.CompareExchange(ref _receiving, 0, seen) == seen)
            {
                return;
            }
        }
    }

    /// <returns>False: nothing is received any more, or not before what was received is read, or before the others had their turn.</returns>
    private bool ReceiveAll(ref int left)
    {
        while (!_ended)
        {
            var memory = _received.Writer.GetMemory(BufferBytes);
            var (count, fault) = TryReceive(memory.Span);
            if (fault == SocketError.WouldBlock)
            {
                return true;
            }

            if (fault != SocketError.Success || count == 0)
            {
                End(fault);
                return false;
            }

            // Less than there was room for is all there was: the next will be news.
            var more = count == memory.Length || _ending;
            _received.Writer.Advance(count);
            var flush = _received.Writer.FlushAsync();
            if (!flush.IsCompleted)
            {
                _ = GoOnAsync(flush);
                return false;
            }

            if (flush.GetAwaiter().GetResult().IsCompleted)
            {
                End(SocketError.Success);
                return false;
            }

            if (!more)
            {
                return true;
            }

            left -= count;
            if (left <= 0)
            {
                // The system tells of data once, so nobody else would.
                _loop.Post(_goOn ??= GoOn);
                return false;
            }
        }

        return false;
    }

    private (int Count, SocketError Fault) TryReceive(Span<byte> buffer)
    {
        try
        {
            return (Socket.Receive(buffer, SocketFlags.None, out var fault), fault);
        }
        catch (ObjectDisposedException)
        {
            // The server has closed it meanwhile.
            return (0, SocketError.Success);
        }
    }

    // In the loop's turn: the one who reads what was received may be any thread, and would never come to an end of it if it were fed meanwhile.
    private async Task GoOnAsync(ValueTask<FlushResult> flush)
    {
        await flush.ConfigureAwait(false);
        _loop.Post(_goOn ??= GoOn);
    }

    private void End(SocketError fault)
    {
        _ended = true;
        _received.Writer.Complete(
            _aborted ?? (fault == SocketError.Success ? null : new ConnectionResetException("The client closed the connection.", new SocketException((int)fault))));
        if (fault != SocketError.Success || _aborted is not null)
        {
            _writer.Stop();
        }

        ThreadPool.UnsafeQueueUserWorkItem(static closed => closed.Cancel(), _closed, preferLocal: false);
    }
}
