using System.Buffers;
using System.IO.Pipelines;
using Grpc.Core;

namespace Rollcall.Grpc.Server;

/// <summary>Reads the requests of a call. Holds on to what one read brought until all messages in it are taken.</summary>
internal sealed class RequestStreamReader<T>(HttpServerCallContext context, Marshaller<T> marshaller, ResponseFlusher? responses = null)
    : IAsyncStreamReader<T>
    where T : class
{
    private static readonly Task<bool> s_true = Task.FromResult(true);
    private static readonly Task<bool> s_false = Task.FromResult(false);

    private readonly PipeReader _reader = context.HttpContext.Request.BodyReader;
    private ReadOnlySequence<byte> _buffer;
    private bool _holding; // _buffer is a read that was not advanced yet
    private bool _lastRead;
    private bool _finished;
    private T? _current;

    public T Current => _current ?? throw new InvalidOperationException("No message was read yet; call MoveNext first.");

    public Task<bool> MoveNext(CancellationToken cancellationToken)
    {
        if (context.Ended)
        {
            return Task.FromException<bool>(new InvalidOperationException("The call has ended; its request stream can't be read any more."));
        }

        if (cancellationToken.IsCancellationRequested)
        {
            return Task.FromCanceled<bool>(cancellationToken);
        }

        if (_finished)
        {
            return s_false;
        }

        try
        {
            if (_holding && TryTake())
            {
                return s_true;
            }
        }
        catch (Exception exception)
        {
            return Task.FromException<bool>(exception);
        }

        return ReadAsync(cancellationToken);
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
        using var linked = LinkWithDeadline(ref cancellationToken);
        while (true)
        {
            if (_holding)
            {
                if (TryTake())
                {
                    return true;
                }

                if (_lastRead)
                {
                    return Finish();
                }

                Advance(_buffer.Start, _buffer.End);
            }

            try
            {
                var read = _reader.ReadAsync(cancellationToken);
                if (!read.IsCompleted)
                {
                    responses?.FlushGathered();
                }

                var result = await read.ConfigureAwait(false);
                _buffer = result.Buffer;
                _lastRead = result.IsCompleted;
                _holding = true;
            }
            catch (Exception exception) when (context.NoteReadFailure(exception, cancellationToken))
            {
                throw;
            }
        }
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
