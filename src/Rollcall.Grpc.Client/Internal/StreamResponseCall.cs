using Grpc.Core;

namespace Rollcall.Grpc.Client.Internal;

/// <summary>A call with a stream of responses: server streaming and duplex. One read at a time.</summary>
internal sealed class StreamResponseCall<TResponse> : CallCore<Stream>, IAsyncStreamReader<TResponse>
    where TResponse : class
{
    private static readonly Task<bool> s_true = Task.FromResult(true);
    private static readonly Task<bool> s_false = Task.FromResult(false);

    private readonly Marshaller<TResponse> _marshaller;
    private readonly FrameReader _reader;
    private CancellationTokenRegistration _abort;
    private CancellationToken _readToken;
    private Task _opening = Task.CompletedTask;
    private Stream? _stream;
    private TResponse? _current;

    public StreamResponseCall(CallSlot slot, MethodEntry method, MethodPolicy policy, in CallOptions options, IRequestBody body, Marshaller<TResponse> marshaller)
        : base(slot, method, policy, options, body)
    {
        _marshaller = marshaller;
        _reader = new FrameReader(Policy.MaxReceiveBytes, slot.Channel.Encodings);
    }

    public override bool EndsByItself => false;

    // Null where there is none, as with grpc-dotnet.
    public TResponse Current => _current!;

    /// <summary>Sends the call; what comes of it is seen by reading.</summary>
    public void Start() => _opening = OpenStreamAsync();

    public Task<bool> MoveNext(CancellationToken cancellationToken)
    {
        if (!_reader.TryEnter())
        {
            if (!_reader.IsReleased)
            {
                throw new InvalidOperationException("Can't read the next message: the previous read is still running. Await each read.");
            }

            _current = null;
            return EndOfStreamAsync();
        }

        // Also so that a wait for the next message does not keep the one before.
        _current = null;

        if (!cancellationToken.CanBeCanceled && _opening.IsCompleted && _stream is not null)
        {
            // Most messages of a fast stream are here already.
            try
            {
                if (_reader.TryRead(_marshaller, out var message))
                {
                    OnReceived();
                    _current = message;
                    _reader.Exit();
                    return s_true;
                }
            }
            catch (Exception e)
            {
                _reader.Exit();
                return Task.FromException<bool>(EndFrom(e));
            }
        }

        return ReadAsync(cancellationToken);
    }

    protected override void OnEnded()
    {
        _abort.Unregister();
        _reader.Release();
    }

    protected override ValueTask<Stream> ReceiveAsync(HttpResponseMessage response)
    {
        _reader.MaxMessageBytes = Policy.MaxReceiveBytes;
        _reader.Response = response;
        return new ValueTask<Stream>(response.Content.ReadAsStreamAsync(Token));
    }

    private async Task OpenStreamAsync()
    {
        try
        {
            _stream = await RunAsync().ConfigureAwait(false);

            // From here on the caller may be doing something else for a long time, and still the server is to hear of the end at once. That ends a
            // read as well, if the stream is one that is known to; a token would be registered anew for each message.
            _readToken = UsesOwnHandler ? CancellationToken.None : Token;
            _abort = Token.UnsafeRegister(static state => ((StreamResponseCall<TResponse>)state!).EndAborted(), this);
            if (HasEnded)
            {
                _abort.Unregister();
            }
        }
        catch (Exception e)
        {
            if (!HasEnded)
            {
                EndFrom(e);
            }
        }
    }

    private async Task<bool> ReadAsync(CancellationToken cancellationToken)
    {
        try
        {
            using var registration = cancellationToken.UnsafeRegister(static state => ((CallCore)state!).Cancel(), this);
            await _opening.ConfigureAwait(false);
            if (HasEnded)
            {
                return EndOfStream(cancellationToken);
            }

            TResponse? message;
            while (!_reader.TryRead(_marshaller, out message))
            {
                var count = await _stream!.ReadAsync(_reader.GetMemory(), _readToken).ConfigureAwait(false);
                if (count == 0)
                {
                    return Finish();
                }

                _reader.Advance(count);
            }

            OnReceived();
            _current = message;
            return true;
        }
        catch (Exception e)
        {
            if (!HasEnded)
            {
                EndFrom(e);
            }

            return EndOfStream(cancellationToken);
        }
        finally
        {
            _reader.Exit();
        }
    }

    private bool Finish()
    {
        var whole = _reader.IsAtBoundary;
        if (TryReadFailure(_reader.Response!, out var failure))
        {
            throw EndCommitted(failure);
        }

        if (!whole)
        {
            throw EndFrom(new RpcException(new Status(
                StatusCode.Internal, $"{Endpoint?.Authority} ended the call in the middle of a message, against the protocol.")));
        }

        return EndWell() is { } lost ? throw lost : false;
    }

    private Task<bool> EndOfStreamAsync() =>
        FinalStatus.StatusCode == StatusCode.OK ? s_false : Task.FromException<bool>(CreateException());

    private bool EndOfStream(CancellationToken own) => FinalStatus.StatusCode == StatusCode.OK ? false : throw CreateException(own);
}
