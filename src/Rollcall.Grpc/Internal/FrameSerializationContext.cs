using System.Buffers;
using System.Diagnostics;
using Grpc.Core;

namespace Rollcall.Grpc;

/// <summary>
/// Receives one message from a marshaller and puts the prefix in front. With an output and an announced length, bytes go straight to the
/// output, prefix and message in one span; otherwise they are collected in a rented array that leaves room for the prefix.
/// One per thread is kept; a nested use makes its own.
/// </summary>
internal sealed class FrameSerializationContext : SerializationContext, IBufferWriter<byte>
{
    private const int UnknownLength = -1;
    private const int InitialCapacity = 1024;

    // A span of this size holds prefix and message together in one request to the output.
    private const int SingleSpanLimit = 2048;

    [ThreadStatic]
    private static FrameSerializationContext? s_cached;

    private IBufferWriter<byte>? _output;
    private byte[]? _array; // rented; leaves with FinishBuffer, otherwise Return gives it back
    private int _limit;
    private int _announced = UnknownLength;
    private long _written; // payload bytes
    private bool _prefixWritten;
    private bool _completed;

    private bool Direct => _output is not null && _announced != UnknownLength;

    public static FrameSerializationContext Rent(IBufferWriter<byte>? output, int limit)
    {
        var context = s_cached ?? new FrameSerializationContext();
        s_cached = null;
        context._output = output;
        context._limit = limit;
        return context;
    }

    public void Return()
    {
        if (_array is not null)
        {
            ArrayPool<byte>.Shared.Return(_array);
        }

        _array = null;
        _output = null;
        _announced = UnknownLength;
        _written = 0;
        _prefixWritten = false;
        _completed = false;
        s_cached = this;
    }

    public override void SetPayloadLength(int payloadLength)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(payloadLength);
        ThrowIfCompleted();
        if (_written > 0)
        {
            throw new InvalidOperationException("SetPayloadLength must come before the first byte is written.");
        }

        ThrowIfOverLimit(payloadLength);
        _announced = payloadLength;
    }

    public override IBufferWriter<byte> GetBufferWriter()
    {
        ThrowIfCompleted();
        return this;
    }

    public override void Complete()
    {
        ThrowIfCompleted();
        _completed = true;
    }

    public override void Complete(byte[] payload)
    {
        ArgumentNullException.ThrowIfNull(payload);
        SetPayloadLength(payload.Length);
        this.Write(payload);
        _completed = true;
    }

    public void Advance(int count)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(count);
        if (count == 0)
        {
            return;
        }

        _written += count;
        if (!Direct)
        {
            ThrowIfOverLimit(_written);
            return;
        }

        if (_written > _announced)
        {
            throw WrongLength();
        }

        _output!.Advance(_prefixWritten ? count : count + GrpcFraming.PrefixLength);
        _prefixWritten = true;
    }

    public Memory<byte> GetMemory(int sizeHint = 0)
    {
        if (!Direct)
        {
            return GetArrayMemory(sizeHint);
        }

        if (_prefixWritten)
        {
            return _output!.GetMemory(sizeHint);
        }

        var memory = _output!.GetMemory(FirstSpanLength(sizeHint));
        GrpcFraming.WritePrefix(memory.Span, _announced, compressed: false);
        return memory[GrpcFraming.PrefixLength..];
    }

    public Span<byte> GetSpan(int sizeHint = 0)
    {
        if (!Direct)
        {
            return GetArrayMemory(sizeHint).Span;
        }

        if (_prefixWritten)
        {
            return _output!.GetSpan(sizeHint);
        }

        var span = _output!.GetSpan(FirstSpanLength(sizeHint));
        GrpcFraming.WritePrefix(span, _announced, compressed: false);
        return span[GrpcFraming.PrefixLength..];
    }

    /// <summary>Checks the marshaller's contract and passes what was collected on to the output. Returns the bytes of the frame.</summary>
    public int Finish()
    {
        Debug.Assert(_output is not null, "Finish is for contexts with an output.");
        ThrowIfBroken();
        if (Direct)
        {
            if (!_prefixWritten)
            {
                GrpcFraming.WritePrefix(_output.GetSpan(GrpcFraming.PrefixLength), 0, compressed: false);
                _output.Advance(GrpcFraming.PrefixLength);
            }

            return GrpcFraming.PrefixLength + _announced;
        }

        using var frame = TakeBuffer();
        _output.Write(frame.Frame.Span);
        return frame.Length;
    }

    /// <summary>Checks the marshaller's contract and hands the array over.</summary>
    public GrpcFrameBuffer FinishBuffer()
    {
        ThrowIfBroken();
        return TakeBuffer();
    }

    private GrpcFrameBuffer TakeBuffer()
    {
        var array = _array ?? ArrayPool<byte>.Shared.Rent(GrpcFraming.PrefixLength);
        _array = null;
        GrpcFraming.WritePrefix(array, (int)_written, compressed: false);
        return new GrpcFrameBuffer(array, (int)_written + GrpcFraming.PrefixLength);
    }

    private int FirstSpanLength(int sizeHint) =>
        GrpcFraming.PrefixLength + Math.Max(Math.Max(sizeHint, 1), _announced <= SingleSpanLimit ? _announced : 0);

    private Memory<byte> GetArrayMemory(int sizeHint)
    {
        var used = (int)_written + GrpcFraming.PrefixLength;
        if (_array is null)
        {
            var payload = _announced == UnknownLength ? InitialCapacity : _announced;
            _array = ArrayPool<byte>.Shared.Rent(GrpcFraming.PrefixLength + Math.Max(payload, Math.Max(sizeHint, 1)));
        }
        else if (_array.Length - used < Math.Max(sizeHint, 1))
        {
            var larger = ArrayPool<byte>.Shared.Rent((int)Math.Min(Math.Max(_array.Length * 2L, used + (long)sizeHint), Array.MaxLength));
            _array.AsSpan(0, used).CopyTo(larger);
            ArrayPool<byte>.Shared.Return(_array);
            _array = larger;
        }

        return _array.AsMemory(used);
    }

    private void ThrowIfBroken()
    {
        if (!_completed)
        {
            throw new InvalidOperationException("The serializer returned without calling Complete on its SerializationContext.");
        }

        if (_announced != UnknownLength && _written != _announced)
        {
            throw WrongLength();
        }
    }

    private InvalidOperationException WrongLength() =>
        new($"The serializer announced {_announced} bytes and wrote {_written}; was the message changed while it was being sent?");

    private void ThrowIfCompleted()
    {
        if (_completed)
        {
            throw new InvalidOperationException("The SerializationContext is completed; a serializer writes one message and completes once.");
        }
    }

    private void ThrowIfOverLimit(long length)
    {
        if (length > _limit)
        {
            throw new RpcException(new Status(
                StatusCode.ResourceExhausted, $"Sending message of {length} bytes exceeds the limit of {_limit}; raise MaxSendMessageSize."));
        }
    }
}
