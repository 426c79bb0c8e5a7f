using System.Buffers;
using System.Diagnostics;
using System.IO.Pipelines;
using System.Runtime.ExceptionServices;
using Grpc.Core;

namespace Rollcall.Grpc.Server;

/// <summary>
/// Brings the messages of a response stream to the transport. A message that comes alone is flushed at once. While a handler writes in quick
/// succession, its messages are gathered and flushed together as soon as there are enough: a flush takes more time than a small message.
/// What is left is flushed when the handler waits for a request or returns, or after a millisecond.
/// </summary>
/// <remarks>
/// The handler's writes come one at a time. The timer, its reads, and whoever waits for the transport run beside them; <c>_lock</c> keeps them
/// apart. A work item instead of the timer would take its turn after every other message where a processor is free.
/// </remarks>
internal sealed class ResponseFlusher(HttpServerCallContext context)
{
    private const int MaxGathered = 16 * 1024;
    private const int InitialCapacity = 4 * 1024;

    // An array that grew for large messages is not kept.
    private const int MaxKeptCapacity = 64 * 1024;

    // So many writes within the time make a quick succession; a pause ends it.
    private const int Sample = 64;
    private static readonly long s_quick = Stopwatch.Frequency * 640 / 1_000_000;
    private static readonly long s_pause = Stopwatch.Frequency * 50 / 1_000_000;
    private static readonly TimeSpan s_longest = TimeSpan.FromMilliseconds(1);

    private readonly Lock _lock = new();
    private readonly PipeWriter _output = context.HttpContext.Response.BodyWriter;

    // Touched by the handler's writes only.
    private int _writes;
    private long _lastClock;
    private bool _quick;
    private Task? _heldBack; // the flush that a write has given up to wait for

    // Guarded by _lock. _length is also read without: only the handler's own writes add to it.
    private byte[]? _gathered; // rented
    private int _length;
    private ITimer? _timer;
    private bool _armed;
    private bool _ended;
    private Task? _flushing; // a flush that the transport holds back; it never fails
    private Exception? _failure;

    /// <summary>For a write after the handler has returned.</summary>
    public static InvalidOperationException CreateEnded() => new("The call has ended; write only before the handler returns.");

    /// <summary>Sends a message. Done when the transport has taken it, or when there is room for more behind what was gathered.</summary>
    /// <param name="frame">
    /// The message; disposed here. It was made beside the output, where it may still be in the making when the handler has returned: the transport's
    /// stream then belongs to another call.
    /// </param>
    /// <param name="hinted">More follows at once: nothing need be flushed yet.</param>
    /// <param name="cancellationToken">Ends the wait, and not the flush: that would reset the stream.</param>
    /// <exception cref="RpcException">See <see cref="FlushLocked"/>.</exception>
    public Task WriteAsync(GrpcFrameBuffer frame, bool hinted, CancellationToken cancellationToken)
    {
        if (_heldBack is { IsCompleted: false })
        {
            return WriteLaterAsync(_heldBack, frame, hinted, cancellationToken);
        }

        _heldBack = null;
        var gathers = NoteWrite() || hinted;
        using var taken = frame;
        lock (_lock)
        {
            if (_ended)
            {
                return Task.FromException(CreateEnded());
            }

            if (_failure is { } failure)
            {
                return Task.FromException(failure);
            }

            context.MessageWritten = true;
            context.Telemetry?.OnSent();
            var alone = !gathers && _length == 0 && _flushing is null;
            if (alone)
            {
                _output.Write(frame.Frame.Span);
            }
            else
            {
                AppendLocked(frame.Frame.Span);
            }

            if (_length >= MaxGathered || !gathers)
            {
                return (_flushing ?? FlushLocked(alone)) is { } flushing ? AwaitAsync(flushing, cancellationToken) : Outcome();
            }

            if (!_armed && !hinted)
            {
                _armed = true;
                _timer ??= CreateTimer();
                _timer.Change(s_longest, Timeout.InfiniteTimeSpan);
            }

            return Task.CompletedTask;
        }
    }

    /// <summary>
    /// The handler has returned or thrown: leaves what was gathered to the flush of the trailers, and lets nothing touch the output from then on. Never
    /// fails: what the handler has thrown says more; <see cref="ThrowIfFailed"/> is for one that has returned.
    /// </summary>
    public ValueTask EndAsync()
    {
        lock (_lock)
        {
            _ended = true;
            _timer?.Dispose();
            if (_flushing is { } flushing)
            {
                return new ValueTask(AwaitEndAsync(flushing));
            }

            try
            {
                if (_failure is null)
                {
                    MoveLocked();
                }
            }
            catch (Exception exception)
            {
                _failure = exception;
            }

            ReturnLocked();
            return default;
        }
    }

    /// <summary>For the end of a call whose handler has returned, and may not have heard of what became of its messages.</summary>
    /// <exception cref="OperationCanceledException">A flush has found that the caller gave up the call.</exception>
    public void ThrowIfFailed()
    {
        if (Volatile.Read(ref _failure) is { } failure)
        {
            ExceptionDispatchInfo.Throw(failure);
        }
    }

    /// <summary>Nothing more will come for a while: flushes what was gathered. Safe at any time.</summary>
    public void FlushGathered()
    {
        if (Volatile.Read(ref _length) == 0)
        {
            return;
        }

        lock (_lock)
        {
            if (!_ended && _length > 0 && _flushing is null && _failure is null)
            {
                FlushLocked();
            }
        }
    }

    /// <returns>True in a quick succession of writes.</returns>
    private bool NoteWrite()
    {
        if (_quick)
        {
            var last = _lastClock;
            _lastClock = Stopwatch.GetTimestamp();
            _quick = _lastClock - last < s_pause;
        }
        else if (++_writes % Sample == 0)
        {
            // Not at every write: the clock is dear.
            var first = _lastClock;
            _lastClock = Stopwatch.GetTimestamp();
            _quick = _lastClock - first < s_quick;
        }

        return _quick;
    }

    // The system's clock, whatever the service's: this is about microseconds of this machine.
    private ITimer CreateTimer() =>
        TimeProvider.System.CreateTimer(static state => ((ResponseFlusher)state!).OnTimer(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);

    private void OnTimer()
    {
        lock (_lock)
        {
            _armed = false;
        }

        FlushGathered();
    }

    private void AppendLocked(ReadOnlySpan<byte> frame)
    {
        var needed = _length + frame.Length;
        if (_gathered is null)
        {
            _gathered = ArrayPool<byte>.Shared.Rent(Math.Max(InitialCapacity, needed));
        }
        else if (needed > _gathered.Length)
        {
            var larger = ArrayPool<byte>.Shared.Rent(Math.Max(_gathered.Length * 2, needed));
            _gathered.AsSpan(0, _length).CopyTo(larger);
            ArrayPool<byte>.Shared.Return(_gathered);
            _gathered = larger;
        }

        frame.CopyTo(_gathered.AsSpan(_length));
        _length = needed;
    }

    private void MoveLocked()
    {
        if (_length == 0)
        {
            return;
        }

        _output.Write(_gathered.AsSpan(0, _length));
        _length = 0;
        if (_gathered!.Length > MaxKeptCapacity)
        {
            ReturnLocked();
        }
    }

    private void ReturnLocked()
    {
        if (_gathered is not null)
        {
            ArrayPool<byte>.Shared.Return(_gathered);
            _gathered = null;
        }
    }

    /// <param name="alone">Whether there is one message to flush, whose writer hears of a failure at once.</param>
    /// <returns>Null when the transport has taken everything.</returns>
    /// <exception cref="RpcException">The only message has no form in the protocol of an adapter. The stream goes on without it.</exception>
    private Task? FlushLocked(bool alone = false)
    {
        try
        {
            MoveLocked();
            var flush = _output.FlushAsync(context.FlushToken);
            if (flush.IsCompletedSuccessfully)
            {
                NoteLocked(flush.Result);
                return null;
            }

            var flushing = FlushOnAsync(flush);
            return _flushing = flushing.IsCompleted ? null : flushing;
        }
        catch (Exception exception) when (!alone || exception is not RpcException)
        {
            _failure = exception;
            return null;
        }
    }

    /// <summary>Waits for the transport, and flushes what was gathered meanwhile.</summary>
    private async Task FlushOnAsync(ValueTask<FlushResult> flush)
    {
        while (true)
        {
            FlushResult result = default;
            Exception? failure = null;
            try
            {
                result = await flush.ConfigureAwait(false);
            }
            catch (Exception exception)
            {
                failure = exception;
            }

            lock (_lock)
            {
                try
                {
                    NoteLocked(result);
                    _failure = failure ?? _failure;
                    if (_failure is not null || _length == 0)
                    {
                        _flushing = null;
                        return;
                    }

                    MoveLocked();
                    flush = _output.FlushAsync(context.FlushToken);
                }
                catch (Exception exception)
                {
                    _failure = exception;
                    _flushing = null;
                    return;
                }
            }
        }
    }

    private void NoteLocked(FlushResult result) => _failure ??= IsGivenUp(result) ? GivenUp() : null;

    private Task Outcome() => Volatile.Read(ref _failure) is { } failure ? Task.FromException(failure) : Task.CompletedTask;

    // The message of a write that gave up its wait is on its way. The next one is not taken before there is room again: a handler whose tokens fire
    // would fill the memory, and send a message twice at each time that it tries one again.
    private async Task WriteLaterAsync(Task heldBack, GrpcFrameBuffer frame, bool hinted, CancellationToken cancellationToken)
    {
        try
        {
            await AwaitAsync(heldBack, cancellationToken).ConfigureAwait(false);
        }
        catch
        {
            frame.Dispose();
            throw;
        }

        await WriteAsync(frame, hinted, cancellationToken).ConfigureAwait(false);
    }

    // A handler waits no longer than its call or its own token lets it; what it wrote stays on its way.
    private async Task AwaitAsync(Task flushing, CancellationToken cancellationToken)
    {
        if (!flushing.IsCompleted)
        {
            var ended = context.DeadlineToken;
            using var linked = cancellationToken.CanBeCanceled ? CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, ended) : null;
            try
            {
                await flushing.WaitAsync(linked?.Token ?? ended).ConfigureAwait(false);
            }
            catch (OperationCanceledException)
            {
                _heldBack = flushing;
                throw;
            }
        }

        // The handler was held back and has not paused.
        _lastClock = Stopwatch.GetTimestamp();
        await Outcome().ConfigureAwait(false);
    }

    private async Task AwaitEndAsync(Task flushing)
    {
        await flushing.ConfigureAwait(false);
        await EndAsync().ConfigureAwait(false);
    }

    // The transport completes the flush of an aborted response without an error; the handler must hear of it, or it writes on for ever.
    private static bool IsGivenUp(FlushResult result) => result.IsCompleted || result.IsCanceled;

    private OperationCanceledException GivenUp()
    {
        context.NoteReadFailure(new OperationCanceledException());
        return new OperationCanceledException("The caller gave up the call.", context.CancellationToken);
    }
}
