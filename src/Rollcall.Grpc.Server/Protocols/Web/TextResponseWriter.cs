using System.Buffers;
using System.Buffers.Text;
using System.IO.Pipelines;

namespace Rollcall.Grpc.Server.Protocols;

/// <summary>A response body that leaves as base64: what is written between two flushes becomes one padded text. For one writer at a time.</summary>
internal sealed class TextResponseWriter(PipeWriter inner) : PipeWriter
{
    private readonly ArrayBufferWriter<byte> _plain = new();

    public override bool CanGetUnflushedBytes => true;

    public override long UnflushedBytes => _plain.WrittenCount;

    public override void Advance(int bytes) => _plain.Advance(bytes);

    public override Memory<byte> GetMemory(int sizeHint = 0) => _plain.GetMemory(sizeHint);

    public override Span<byte> GetSpan(int sizeHint = 0) => _plain.GetSpan(sizeHint);

    public override void CancelPendingFlush() => inner.CancelPendingFlush();

    public override ValueTask<FlushResult> FlushAsync(CancellationToken cancellationToken = default)
    {
        Encode();
        return inner.FlushAsync(cancellationToken);
    }

    public override void Complete(Exception? exception = null)
    {
        Encode();
        inner.Complete(exception);
    }

    private void Encode()
    {
        // In pieces that a pipe hands out without renting extra large arrays; all but the last hold whole groups of three.
        const int Piece = 3 * 1024;
        var rest = _plain.WrittenSpan;
        while (!rest.IsEmpty)
        {
            var piece = rest[..Math.Min(rest.Length, Piece)];
            var output = inner.GetSpan(Base64.GetMaxEncodedToUtf8Length(piece.Length));
            _ = Base64.EncodeToUtf8(piece, output, out _, out var written);
            inner.Advance(written);
            rest = rest[piece.Length..];
        }

        _plain.ResetWrittenCount();
    }
}
