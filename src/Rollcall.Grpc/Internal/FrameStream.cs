using System.Buffers;

namespace Rollcall.Grpc;

/// <summary>Gathers what a compressor writes, as a frame. Disposing does nothing: compressors close what they write to.</summary>
/// <param name="capacity">What it will probably need.</param>
internal sealed class FrameStream(int capacity) : Stream
{
    // Rented; goes to the frame by Complete, or back by Abandon.
    private byte[] _array = ArrayPool<byte>.Shared.Rent(Math.Max(capacity, 256));
    private int _length = GrpcFraming.PrefixLength;

    public override bool CanRead => false;

    public override bool CanSeek => false;

    public override bool CanWrite => true;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    /// <summary>The frame, which the caller disposes. Nothing can be written after it.</summary>
    public GrpcFrameBuffer Complete()
    {
        GrpcFraming.WritePrefix(_array, _length - GrpcFraming.PrefixLength, compressed: true);
        return new GrpcFrameBuffer(_array, _length);
    }

    /// <summary>Gives the memory back; there is no frame.</summary>
    public void Abandon() => ArrayPool<byte>.Shared.Return(_array);

    public override void Write(ReadOnlySpan<byte> buffer)
    {
        if (_array.Length - _length < buffer.Length)
        {
            var larger = ArrayPool<byte>.Shared.Rent((int)Math.Min(Math.Max(_array.Length * 2L, (long)_length + buffer.Length), Array.MaxLength));
            _array.AsSpan(0, _length).CopyTo(larger);
            ArrayPool<byte>.Shared.Return(_array);
            _array = larger;
        }

        buffer.CopyTo(_array.AsSpan(_length));
        _length += buffer.Length;
    }

    public override void Write(byte[] buffer, int offset, int count) => Write(buffer.AsSpan(offset, count));

    public override void Flush()
    {
    }

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();
}
