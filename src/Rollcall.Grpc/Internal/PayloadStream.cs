using System.Buffers;

namespace Rollcall.Grpc;

/// <summary>A payload to be read by a decompressor.</summary>
internal sealed class PayloadStream(ReadOnlySequence<byte> payload) : Stream
{
    private ReadOnlySequence<byte> _rest = payload;

    /// <summary>Somebody asked for more than there is.</summary>
    public bool WasReadPastItsEnd { get; private set; }

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => false;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    public override int Read(Span<byte> buffer)
    {
        WasReadPastItsEnd |= _rest.IsEmpty && !buffer.IsEmpty;
        var count = (int)Math.Min(buffer.Length, _rest.Length);
        _rest.Slice(0, count).CopyTo(buffer);
        _rest = _rest.Slice(count);
        return count;
    }

    public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

    public override void Flush()
    {
    }

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
}
