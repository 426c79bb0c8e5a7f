using System.Buffers;
using System.IO.Pipelines;

namespace Rollcall.Grpc.Server.Protocols;

/// <summary>
/// A body whose last read can be ended from outside. A call that fails in the middle of its request leaves a read open, which HTTP/2 does
/// not mind; on HTTP/1.1 the server reads the rest of the request before the next one and needs it closed. So is a read that its token ends.
/// </summary>
internal sealed class ReleasingReader(PipeReader inner) : PipeReader
{
    private ReadOnlySequence<byte> _buffer; // what the last read gave out
    private SeenBytes _seen;
    private bool _open;

    /// <summary>Ends the read that is open, if one is. Call it when the call has ended.</summary>
    public void Release()
    {
        if (_open)
        {
            AdvanceTo(_buffer.End);
        }
    }

    public override bool TryRead(out ReadResult result)
    {
        var read = inner.TryRead(out result);
        return read && Open(result);
    }

    public override async ValueTask<ReadResult> ReadAsync(CancellationToken cancellationToken = default)
    {
        try
        {
            var result = await BodyRead.ReadAsync(inner, _seen, cancellationToken).ConfigureAwait(false);
            Open(result);
            return result;
        }
        catch (IOException)
        {
            // The body has been closed there. Whoever reads on nevertheless would close it once more, at a place that is no longer its own.
            _seen = default;
            throw;
        }
    }

    public override void AdvanceTo(SequencePosition consumed) => AdvanceTo(consumed, consumed);

    public override void AdvanceTo(SequencePosition consumed, SequencePosition examined)
    {
        _open = false;
        _seen = SeenBytes.Create(_buffer, consumed, examined);
        inner.AdvanceTo(consumed, examined);
    }

    public override void CancelPendingRead() => inner.CancelPendingRead();

    public override void Complete(Exception? exception = null) => inner.Complete(exception);

    private bool Open(in ReadResult result)
    {
        _buffer = result.Buffer;
        return _open = true;
    }
}
