using System.Buffers;
using System.IO.Pipelines;

namespace Rollcall.Grpc.Server.Kestrel;

/// <summary>
/// What the server sends. Its completing it does nothing; and what it sends in HTTP/2 begins with SETTINGS (RFC 9113 3.4), also when it stops just as
/// the connection begins: Kestrel then sends GOAWAY alone, in which .NET's clients see a broken connection rather than calls that were not begun.
/// For one writer at a time.
/// </summary>
/// <param name="output">Where it goes.</param>
/// <param name="speaksHttp2">Whether the bytes are HTTP/2's; those of anything else pass as they are.</param>
internal sealed class LingeringOutput(PipeWriter output, bool speaksHttp2) : PipeWriter
{
    private const int FrameHeaderSize = 9;

    // Until it is known how the connection begins: what was written. Never the output's own memory, in which nothing can be put before what is there:
    // its user may go on writing into memory it was handed after it has advanced over a part.
    private ArrayBufferWriter<byte>? _first = speaksHttp2 ? new ArrayBufferWriter<byte>() : null;

    // RFC 9113 6.8: eight bytes about the whole connection.
    private static ReadOnlySpan<byte> GoAwayHeader => [0, 0, 8, 7, 0, 0, 0, 0, 0];

    // RFC 9113 6.5: nothing but defaults.
    private static ReadOnlySpan<byte> EmptySettings => [0, 0, 0, 4, 0, 0, 0, 0, 0];

    public override bool CanGetUnflushedBytes => output.CanGetUnflushedBytes;

    public override long UnflushedBytes => output.UnflushedBytes + (_first?.WrittenCount ?? 0);

    public override Memory<byte> GetMemory(int sizeHint = 0) => NextWriter().GetMemory(sizeHint);

    public override Span<byte> GetSpan(int sizeHint = 0) => NextWriter().GetSpan(sizeHint);

    // Goes where the memory is from: only asking for more changes that.
    public override void Advance(int bytes)
    {
        if (_first is null)
        {
            output.Advance(bytes);
        }
        else
        {
            _first.Advance(bytes);
        }
    }

    public override ValueTask<FlushResult> FlushAsync(CancellationToken cancellationToken = default)
    {
        Begin();
        return output.FlushAsync(cancellationToken);
    }

    public override void CancelPendingFlush() => output.CancelPendingFlush();

    public override void Complete(Exception? exception = null) => Begin();

    private IBufferWriter<byte> NextWriter()
    {
        if (_first is { WrittenCount: >= FrameHeaderSize })
        {
            Begin();
        }

        return _first as IBufferWriter<byte> ?? output;
    }

    // Passes on what was written first, if anything was.
    private void Begin()
    {
        if (_first is { WrittenCount: > 0 } first)
        {
            if (first.WrittenSpan.StartsWith(GoAwayHeader))
            {
                output.Write(EmptySettings);
            }

            output.Write(first.WrittenSpan);
            _first = null;
        }
    }
}
