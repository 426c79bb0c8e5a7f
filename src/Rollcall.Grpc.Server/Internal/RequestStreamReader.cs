using System.Buffers;
using System.IO.Pipelines;
using Grpc.Core;

namespace Rollcall.Grpc.Server;

/// <summary>Reads the requests of a call. Holds on to what one read brought until all messages in it are taken.</summary>
internal sealed class RequestStreamReader<T>(HttpServerCallContext context, Marshaller<T> marshaller, ResponseFlusher? responses = null)
    : IAsyncStreamReader<T>
    where T : class
{
    private const int Idle = 0;
    private const int Reading = 1;
    private const int Ended = 2;

    private static readonly Task<bool> s_true = Task.FromResult(true);
    private static readonly Task<bool> s_false = Task.FromResult(false);

    private readonly PipeReader _reader = context.HttpContext.Request.BodyReader;
    private ReadOnlySequence<byte> _buffer;
    private bool _holding; // _buffer is a read that was not advanced yet
    private bool _lastRead;
    private bool _finished;
    private T? _current;

    // Who has made it Reading may touch the fields above; Ended is for ever.
    private int _state;
    private TaskCompletionSource? _left; // made before the state is Ended, and completed by a read that finds it so

    // Null where there is none, as with grpc-dotnet.
    public T Current => _current!;

    public Task<bool> MoveNext(CancellationToken cancellationToken)
    {
        switch (Interlocked.CompareExchange(ref _state, Reading, Idle))
        {
            case Reading:
                return Task.FromException<bool>(new InvalidOperationException("The read before has not ended; await each MoveNext before the next."));
            case Ended:
                return Task.FromException<bool>(CreateEnded());
        }

        Task<bool> done;
        try
        {
            if (cancellationToken.IsCancellationRequested)
            {
                done = Task.FromCanceled<bool>(cancellationToken);
            }
            else if (_finished)
            {
                done = s_false;
            }
            else if (_holding && TryTake())
            {
                done = s_true;
            }
            else
            {
                return ReadAsync(cancellationToken);
            }
        }
        catch (Exception exception)
        {
            done = Task.FromException<bool>(exception);
        }

        Leave();
        return done;
    }

    /// <summary>
    /// The handler has returned: ends a read that it left behind, and lets nothing touch the request from then on. The transport's stream will be that of
    /// another call.
    /// </summary>
    public ValueTask EndAsync()
    {
        if (Interlocked.CompareExchange(ref _state, Ended, Idle) == Idle)
        {
            return default;
        }

        _left = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        if (Interlocked.Exchange(ref _state, Ended) == Idle)
        {
            return default;
        }

        try
        {
            _reader.CancelPendingRead();
        }
        catch (Exception exception) when (exception is IOException or OperationCanceledException or ObjectDisposedException)
        {
            // The request was broken off, by which the server ends the read.
        }

        return new ValueTask(_left.Task);
    }

    private static InvalidOperationException CreateEnded() => new("The call has ended; its request stream can't be read any more.");

    private void Leave()
    {
        if (Interlocked.CompareExchange(ref _state, Idle, Reading) == Ended)
        {
            _left!.SetResult();
        }
    }

    private bool TryTake()
    {
        if (!MessageDecoder.TryDecode(context, marshaller, ref _buffer, out var message))
        {
            return false;
        }

        _current = message;
        context.Telemetry?.OnReceived();
        if (_buffer.IsEmpty && !_lastRead)
        {
            // Nothing left: give the memory and the flow-control window back while the handler works.
            Advance(_buffer.End, _buffer.End);
        }

        return true;
    }

    private async Task<bool> ReadAsync(CancellationToken cancellationToken)
    {
        try
        {
            using var linked = LinkWithDeadline(ref cancellationToken);
            while (true)
            {
                if (TakeHeld() is { } taken)
                {
                    return taken;
                }

                try
                {
                    var read = _reader.ReadAsync(cancellationToken);
                    if (!read.IsCompleted)
                    {
                        responses?.FlushGathered();
                    }

                    Hold(await read.ConfigureAwait(false));
                }
                catch (Exception exception) when (context.NoteReadFailure(exception, cancellationToken))
                {
                    throw;
                }
            }
        }
        finally
        {
            Leave();
        }
    }

    private void Hold(in ReadResult result)
    {
        _buffer = result.Buffer;
        _lastRead = result.IsCompleted;
        _holding = true;
        if (result.IsCanceled && Volatile.Read(ref _state) == Ended)
        {
            Advance(_buffer.Start, _buffer.End);
            throw CreateEnded();
        }
    }

    /// <returns>What to tell the handler; null when more must be read for that.</returns>
    private bool? TakeHeld()
    {
        if (!_holding)
        {
            return null;
        }

        if (TryTake())
        {
            return true;
        }

        if (_lastRead)
        {
            return Finish();
        }

        Advance(_buffer.Start, _buffer.End);
        return null;
    }

    private bool Finish()
    {
        if (!_buffer.IsEmpty)
        {
            throw MessageDecoder.Incomplete();
        }

        Advance(_buffer.End, _buffer.End);
        _finished = true;
        _current = null;
        return false;
    }

    // Giving memory back fails as reading does when the request was broken off.
    private void Advance(SequencePosition consumed, SequencePosition examined)
    {
        _holding = false;
        try
        {
            _reader.AdvanceTo(consumed, examined);
        }
        catch (Exception exception) when (context.NoteReadFailure(exception))
        {
            throw;
        }
    }

    private CancellationTokenSource? LinkWithDeadline(ref CancellationToken cancellationToken)
    {
        var deadline = context.DeadlineToken;
        if (!deadline.CanBeCanceled)
        {
            return null;
        }

        if (!cancellationToken.CanBeCanceled)
        {
            cancellationToken = deadline;
            return null;
        }

        var linked = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, deadline);
        cancellationToken = linked.Token;
        return linked;
    }
}
