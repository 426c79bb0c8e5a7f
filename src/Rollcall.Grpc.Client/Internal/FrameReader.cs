using System.Buffers;
using Grpc.Core;

namespace Rollcall.Grpc.Client.Internal;

/// <summary>
/// Takes messages off a response body: one read of the body may bring many. One reader at a time. Where <see cref="Release"/> may come from
/// another thread, every use is put between <see cref="TryEnter"/> and <see cref="Exit"/>.
/// </summary>
internal sealed class FrameReader
{
    private const int InitialSize = 4096;

    // For responses that fill the buffer: fewer reads.
    private const int GrownSize = 32 * 1024;
    private const int EagerSize = 256 * 1024;

    // Rented. Returned by Release, or by the end of the read that was running then: until that end the HTTP stack may write to it.
    private byte[]? _buffer;
    private int _start;
    private int _end;
    private bool _grow;

    private readonly GrpcEncodings _encodings;
    private int _use;

    /// <param name="maxMessageBytes">Largest message.</param>
    /// <param name="encodings">What was offered to the peer.</param>
    public FrameReader(int maxMessageBytes, GrpcEncodings encodings)
    {
        MaxMessageBytes = maxMessageBytes;
        _encodings = encodings;
    }

    /// <summary>Largest message. Not changed once something was read.</summary>
    public int MaxMessageBytes { get; set; }

    /// <summary>The response that is read; its headers name the compression.</summary>
    public HttpResponseMessage? Response { get; set; }

    /// <summary>Nothing but whole messages has come.</summary>
    public bool IsAtBoundary => _start == _end;

    /// <summary>The buffer was given back: nothing can be read any more.</summary>
    public bool IsReleased => (Volatile.Read(ref _use) & Use.Released) != 0;

    /// <summary>Begins to use the reader, so that <see cref="Release"/> leaves the buffer to the end of the use.</summary>
    /// <returns>False when another use has not ended, or when the reader is released.</returns>
    public bool TryEnter() => Interlocked.CompareExchange(ref _use, Use.Busy, Use.Idle) == Use.Idle;

    public void Exit()
    {
        if ((Interlocked.And(ref _use, ~Use.Busy) & Use.Released) != 0)
        {
            Return();
        }
    }

    /// <summary>Takes the next message if it has come as a whole.</summary>
    /// <exception cref="RpcException">The peer broke the protocol, or the message is too large.</exception>
    public bool TryRead<T>(Marshaller<T> marshaller, out T message)
        where T : class
    {
        message = null!;
        var available = _end - _start;
        if (available < GrpcFraming.PrefixLength)
        {
            return false;
        }

        // One array, so that nothing of a sequence is needed to look at the prefix: most of the time that a small message takes would go there.
        GrpcFraming.ReadPrefix(_buffer.AsSpan(_start), out var flag, out var length);
        if (flag > 1)
        {
            throw Broken("The peer sent a message whose compressed flag is neither 0 nor 1.");
        }

        if (length > MaxMessageBytes)
        {
            throw new RpcException(new Status(
                StatusCode.ResourceExhausted,
                $"Received message of {length} bytes exceeds the limit of {MaxMessageBytes}; raise MaxReceiveMessageSize, or the limit of its MethodConfig."));
        }

        if (available - GrpcFraming.PrefixLength < length)
        {
            // Room for what was announced only as it really comes: a prefix costs the peer nothing.
            Reserve(Math.Min(length + GrpcFraming.PrefixLength, Math.Max(available * 4L, EagerSize)));
            return false;
        }

        var payload = new ReadOnlySequence<byte>(_buffer!, _start + GrpcFraming.PrefixLength, (int)length);
        _start += GrpcFraming.PrefixLength + (int)length;
        message = flag == 0 ? Parse(marshaller, payload) : Decompress(marshaller, payload);
        if (_start == _end)
        {
            _start = 0;
            _end = 0;
        }

        return true;
    }

    /// <summary>Where the next bytes of the body go.</summary>
    public Memory<byte> GetMemory()
    {
        Reserve(Math.Max(_end - _start + 1, _grow ? GrownSize : InitialSize));
        return _buffer.AsMemory(_end);
    }

    /// <summary>So many bytes of the body have come.</summary>
    public void Advance(int count)
    {
        _end += count;
        _grow |= _end == _buffer!.Length;
    }

    /// <summary>Gives the buffer back, now or when the read that is running has ended. Nothing can be read after it.</summary>
    public void Release()
    {
        if ((Interlocked.Or(ref _use, Use.Released) & Use.Busy) == 0)
        {
            Return();
        }
    }

    private T Decompress<T>(Marshaller<T> marshaller, in ReadOnlySequence<byte> payload)
        where T : class
    {
        // The client has said what it accepts, so that anything else is the peer's fault.
        var named = Response!.Headers.NonValidated.TryGetValues(GrpcProtocol.EncodingHeader, out var encoding);
        if (!_encodings.TryFind(encoding.ToString(), out var provider))
        {
            throw Broken(named
                ? $"The peer sent a message compressed with '{encoding}', which was not offered to it."
                : "The peer sent a compressed message without saying how it is compressed (grpc-encoding).");
        }

        switch (GrpcCompression.TryDecompress(provider, payload, MaxMessageBytes, out var message))
        {
            case GrpcDecompressionResult.TooLarge:
                throw new RpcException(new Status(
                    StatusCode.ResourceExhausted,
                    $"Received message exceeds the limit of {MaxMessageBytes} bytes when decompressed; raise MaxReceiveMessageSize, or the limit of its MethodConfig."));
            case GrpcDecompressionResult.Malformed:
                throw Broken("The peer sent a message that can't be decompressed.");
            case GrpcDecompressionResult.Decompressed:
            default:
                using (message)
                {
                    return Parse(marshaller, new ReadOnlySequence<byte>(message.Payload));
                }
        }
    }

    private static T Parse<T>(Marshaller<T> marshaller, in ReadOnlySequence<byte> payload)
        where T : class
    {
        try
        {
            return GrpcSerializer.Deserialize(marshaller, payload);
        }
        catch (Exception e) when (e is not RpcException)
        {
            // What protobuf throws is an IOException: as such it would be a connection that broke, and the call, which was served, made again.
            throw new RpcException(new Status(StatusCode.Internal, $"The response can't be parsed: {e.Message}", e));
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
