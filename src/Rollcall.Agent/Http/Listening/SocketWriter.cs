using System.Buffers;
using System.IO.Pipelines;
using System.Net.Sockets;
using System.Runtime.Versioning;

namespace Rollcall.Agent.Http.Listening;

/// <summary>Sends what is written, on the thread that flushes it. What the system does not take at once is sent as soon as it does.</summary>
[SupportedOSPlatform("linux")]
internal sealed class SocketWriter(Socket socket) : PipeWriter
{
    // Most answers fit into the first; a large one takes few.
    private const int FirstBytes = 4096;
    private const int NextBytes = 1 << 16;

    private readonly Lock _lock = new();

    // All guarded by _lock: the buffers that are written and not sent, from the pool, and how much of the first is sent.
    private readonly Queue<ArraySegment<byte>> _full = new(0);
    private byte[]? _buffer;
    private int _written;
    private int _sent;
    private long _unsent;
    private TaskCompletionSource<FlushResult>? _flush;
    private bool _stopped;
    private bool _completed;

    public override bool CanGetUnflushedBytes => true;

    public override long UnflushedBytes
    {
        get
        {
            lock (_lock)
            {
                return _unsent;
            }
        }
    }

    public override Memory<byte> GetMemory(int sizeHint = 0)
    {
        lock (_lock)
        {
            if (_buffer is not null && _buffer.Length - _written < Math.Max(sizeHint, 1))
            {
                if (_written > 0)
                {
                    _full.Enqueue(new ArraySegment<byte>(_buffer, 0, _written));
                }
                else
                {
                    ArrayPool<byte>.Shared.Return(_buffer);
                }

                (_buffer, _written) = (null, 0);
            }

            _buffer ??= ArrayPool<byte>.Shared.Rent(Math.Max(sizeHint, _full.Count == 0 ? FirstBytes : NextBytes));
            return _buffer.AsMemory(_written);
        }
    }

    public override Span<byte> GetSpan(int sizeHint = 0) => GetMemory(sizeHint).Span;

    public override void Advance(int bytes)
    {
        lock (_lock)
        {
            _written += bytes;
            _unsent += bytes;
        }
    }

    public override ValueTask<FlushResult> FlushAsync(CancellationToken cancellationToken = default)
    {
        lock (_lock)
        {
            if (SendLocked())
            {
                return new ValueTask<FlushResult>(new FlushResult(isCanceled: false, isCompleted: _stopped));
            }

            _flush ??= new TaskCompletionSource<FlushResult>(TaskCreationOptions.RunContinuationsAsynchronously);
            return new ValueTask<FlushResult>(_flush.Task.WaitAsync(cancellationToken));
        }
    }

    public override void CancelPendingFlush()
    {
        lock (_lock)
        {
            EndFlushLocked(isCanceled: true);
        }
    }

    public override void Complete(Exception? exception = null)
    {
        lock (_lock)
        {
            _completed = true;
            if (exception is not null)
            {
                _stopped = true;
            }

            SendLocked();
        }
    }

    /// <summary>There is room to send.</summary>
    public void SendMore()
    {
        lock (_lock)
        {
            // Else somebody is writing, and will flush.
            if ((_flush is not null || _completed) && SendLocked())
            {
                EndFlushLocked(isCanceled: false);
            }
        }
    }

    /// <summary>Gives up what is not sent; nobody is there.</summary>
    public void Stop()
    {
        lock (_lock)
        {
            _stopped = true;
            if (_flush is not null || _completed)
            {
                SendLocked();
            }

            EndFlushLocked(isCanceled: false);
        }
    }

    /// <summary>Completes when all is sent, or given up.</summary>
    public async ValueTask SentAsync() => await FlushAsync(CancellationToken.None).ConfigureAwait(false);

    /// <returns>Whether nothing is left.</returns>
    private bool SendLocked()
    {
        while (!_stopped && (_full.Count > 0 || _written > 0))
        {
            var part = _full.Count > 0 ? _full.Peek() : new ArraySegment<byte>(_buffer!, 0, _written);
            var count = socket.Send(part.AsSpan(_sent), SocketFlags.None, out var fault);
            (_sent, _unsent) = (_sent + count, _unsent - count);
            if (fault == SocketError.WouldBlock)
            {
                return false;
            }

            _stopped = fault != SocketError.Success;
            if (_sent == part.Count)
            {
                DropLocked();
            }
        }

        while (_full.Count > 0 || _buffer is not null)
        {
            DropLocked();
        }

        _unsent = 0;
        return true;
    }

    private void DropLocked()
    {
        _sent = 0;
        if (_full.TryDequeue(out var part))
        {
            ArrayPool<byte>.Shared.Return(part.Array!);
            return;
        }

        ArrayPool<byte>.Shared.Return(_buffer!);
        (_buffer, _written) = (null, 0);
    }

    private void EndFlushLocked(bool isCanceled)
    {
        _flush?.SetResult(new FlushResult(isCanceled, _stopped));
        _flush = null;
    }
}
