using System.IO.Pipelines;

namespace Rollcall.Grpc.Server.Kestrel;

/// <summary>
/// What the server sends. Its completing it does nothing; and what it sends begins with SETTINGS (RFC 9113 3.4), also when it stops just as the
/// connection begins: Kestrel then sends GOAWAY alone, in which .NET's clients see a broken connection rather than calls that were not begun.
/// </summary>
internal sealed class LingeringOutput(PipeWriter output) : PipeWriter
{
    private const int FrameHeaderSize = 9;

    // Until the first bytes are written: where they will be, behind room for a frame.
    private Memory<byte> _first;
    private bool _begun;

    // RFC 9113 6.8: eight bytes about the whole connection.
    private static ReadOnlySpan<byte> GoAwayHeader => [0, 0, 8, 7, 0, 0, 0, 0, 0];

    // RFC 9113 6.5: nothing but defaults.
    private static ReadOnlySpan<byte> EmptySettings => [0, 0, 0, 4, 0, 0, 0, 0, 0];

    public override bool CanGetUnflushedBytes => output.CanGetUnflushedBytes;

    public override long UnflushedBytes => output.UnflushedBytes;

    public override Memory<byte> GetMemory(int sizeHint = 0) => _begun ? output.GetMemory(sizeHint) : GetFirst(sizeHint);

    public override Span<byte> GetSpan(int sizeHint = 0) => _begun ? output.GetSpan(sizeHint) : GetFirst(sizeHint).Span;

    public override void Advance(int bytes)
    {
        if (!_begun && bytes > 0)
        {
            _begun = true;
            bytes = Begin(_first.Span, bytes);
            _first = default;
        }

        output.Advance(bytes);
    }

    public override ValueTask<FlushResult> FlushAsync(CancellationToken cancellationToken = default) => output.FlushAsync(cancellationToken);

    public override void CancelPendingFlush() => output.CancelPendingFlush();

    public override void Complete(Exception? exception = null)
    {
    }

    private Memory<byte> GetFirst(int sizeHint)
    {
        _first = output.GetMemory(FrameHeaderSize + Math.Max(sizeHint, FrameHeaderSize));
        return _first[FrameHeaderSize..];
    }

    /// <returns>How many bytes there are now.</returns>
    private static int Begin(Span<byte> room, int bytes)
    {
        var written = room.Slice(FrameHeaderSize, bytes);
        if (written.StartsWith(GoAwayHeader))
        {
            EmptySettings.CopyTo(room);
            return FrameHeaderSize + bytes;
        }

        written.CopyTo(room);
        return bytes;
    }
}
