using System.Buffers;
using Grpc.Core;

namespace Rollcall.Grpc.Client.Internal;

/// <summary>
/// Takes messages off a response body: one read of the body may bring many. One reader at a time, except for <see cref="Release"/>,
/// which may come from any thread.
/// </summary>
internal sealed class FrameReader
{
    private const int InitialSize = 4096;
    private const int EagerSize = 256 * 1024;

    // Rented. Returned by Release, or by the end of the read that was running then: until that end the HTTP stack may write to it.
    private byte[]? _buffer;
    private int _start;
    private int _end;

    private readonly int _maxMessageBytes;
    private readonly GrpcEncodings _encodings;
    private int _use;

    /// <param name="maxMessageBytes">Largest message.</param>
    /// <param name="encodings">What was offered to the peer.</param>
    public FrameReader(int maxMessageBytes, GrpcEncodings encodings)
    {
        _maxMessageBytes = maxMessageBytes;
        _encodings = encodings;
    }

    /// <summary>The response that is read; its headers name the compression.</summary>
    public HttpResponseMessage? Response { get; set; }

    /// <summary>Nothing but whole messages has come.</summary>
    public bool IsAtBoundary => _start == _end;

    /// <summary>Takes the next message if it has come as a whole.</summary>
    /// <exception cref="RpcException">The peer broke the protocol, or the message is too large.</exception>
    public bool TryRead<T>(Marshaller<T> marshaller, out T message)
        where T : class
    {
        message = null!;
        if (_end - _start < GrpcFraming.PrefixLength || !TryEnter())
        {
            return false;
        }

        try
        {
            var bytes = new ReadOnlySequence<byte>(_buffer!, _start, _end - _start);
            switch (GrpcFraming.TryReadFrame(ref bytes, _maxMessageBytes, out var frame))
            {
                case GrpcFrameResult.Incomplete:
                    // Room for what was announced only as it really comes: a prefix costs the peer nothing.
                    Reserve(Math.Min(frame.Length + GrpcFraming.PrefixLength, Math.Max(bytes.Length * 4, EagerSize)));
                    return false;
                case GrpcFrameResult.TooLarge:
                    throw new RpcException(new Status(
                        StatusCode.ResourceExhausted,
                        $"Received message of {frame.Length} bytes exceeds the limit of {_maxMessageBytes}; raise MaxReceiveMessageSize."));
                case GrpcFrameResult.InvalidFlag:
                    throw Broken("The peer sent a message whose compressed flag is neither 0 nor 1.");
                case GrpcFrameResult.Frame:
                default:
                    _start = _end - (int)bytes.Length;
                    message = Decode(marshaller, frame);
                    if (_start == _end)
                    {
                        _start = 0;
                        _end = 0;
                    }

                    return true;
            }
        }
        finally
        {
            Exit();
        }
    }

    /// <summary>Reads more of the body.</summary>
    /// <returns>False at its end.</returns>
    public ValueTask<bool> FillAsync(Stream body, CancellationToken cancellationToken)
    {
        if (!TryEnter())
        {
            throw new ObjectDisposedException(nameof(FrameReader), "The call has ended.");
        }

        try
        {
            Reserve(Math.Max(_end - _start + 1, InitialSize));
            var read = body.ReadAsync(_buffer.AsMemory(_end), cancellationToken);
            if (!read.IsCompletedSuccessfully)
            {
                return FinishAsync(read);
            }

            var count = read.GetAwaiter().GetResult();
            _end += count;
            Exit();
            return ValueTask.FromResult(count > 0);
        }
        catch
        {
            Exit();
            throw;
        }
    }

    /// <summary>Gives the buffer back, now or when the read that is running has ended. Nothing can be read after it.</summary>
    public void Release()
    {
        if ((Interlocked.Or(ref _use, Use.Released) & Use.Busy) == 0)
        {
            Return();
        }
    }

    [System.Runtime.CompilerServices.AsyncMethodBuilder(typeof(System.Runtime.CompilerServices.PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<bool> FinishAsync(ValueTask<int> read)
    {
        try
        {
            var count = await read.ConfigureAwait(false);
            _end += count;
            return count > 0;
        }
        finally
        {
            Exit();
        }
    }

    private T Decode<T>(Marshaller<T> marshaller, in GrpcFrame frame)
        where T : class
    {
        if (!frame.Compressed)
        {
            return GrpcSerializer.Deserialize(marshaller, frame.Payload);
        }

        // The client has said what it accepts, so that anything else is the peer's fault.
        var named = Response!.Headers.NonValidated.TryGetValues(GrpcProtocol.EncodingHeader, out var encoding);
        if (!_encodings.TryFind(encoding.ToString(), out var provider))
        {
            throw Broken(named
                ? $"The peer sent a message compressed with '{encoding}', which was not offered to it."
                : "The peer sent a compressed message without saying how it is compressed (grpc-encoding).");
        }

        switch (GrpcCompression.TryDecompress(provider, frame.Payload, _maxMessageBytes, out var message))
        {
            case GrpcDecompressionResult.TooLarge:
                throw new RpcException(new Status(
                    StatusCode.ResourceExhausted,
                    $"Received message exceeds the limit of {_maxMessageBytes} bytes when decompressed; raise MaxReceiveMessageSize."));
            case GrpcDecompressionResult.Malformed:
                throw Broken("The peer sent a message that can't be decompressed.");
            case GrpcDecompressionResult.Decompressed:
            default:
                using (message)
                {
                    return GrpcSerializer.Deserialize(marshaller, new ReadOnlySequence<byte>(message.Payload));
                }
        }
    }

    private static RpcException Broken(string detail) => new(new Status(StatusCode.Internal, detail));

    /// <summary>Makes room for a frame of this size from <see cref="_start"/> on.</summary>
    private void Reserve(long size)
    {
        if (_buffer is null)
        {
            _buffer = ArrayPool<byte>.Shared.Rent((int)Math.Max(size, InitialSize));
            return;
        }

        if (_start + size <= _buffer.Length)
        {
            return;
        }

        var kept = _buffer.AsSpan(_start, _end - _start);
        if (size <= _buffer.Length)
        {
            kept.CopyTo(_buffer);
        }
        else
        {
            var larger = ArrayPool<byte>.Shared.Rent((int)Math.Min(size, Array.MaxLength));
            kept.CopyTo(larger);
            ArrayPool<byte>.Shared.Return(_buffer);
            _buffer = larger;
        }

        _end -= _start;
        _start = 0;
    }

    private bool TryEnter() => Interlocked.CompareExchange(ref _use, Use.Busy, Use.Idle) == Use.Idle;

    private void Exit()
    {
        if ((Interlocked.And(ref _use, ~Use.Busy) & Use.Released) != 0)
        {
            Return();
        }
    }

    private void Return()
    {
        if (Interlocked.Exchange(ref _buffer, null) is { } buffer)
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    private static class Use
    {
        public const int Idle = 0;
        public const int Busy = 1;
        public const int Released = 2;
    }
}
