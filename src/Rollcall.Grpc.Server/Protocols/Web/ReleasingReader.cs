using System.Buffers;
using System.IO.Pipelines;

namespace Rollcall.Grpc.Server.Protocols;

/// <summary>
/// A body whose last read can be ended from outside. A call that fails in the middle of its request leaves a read open, which HTTP/2 does
/// not mind; on HTTP/1.1 the server reads the rest of the request before the next one and needs it closed.
/// </summary>
internal sealed class ReleasingReader(PipeReader inner) : PipeReader
{
    private SequencePosition _end;
    private bool _open;

    /// <summary>Ends the read that is open, if one is. Call it when the call has ended.</summary>
    public void Release()
    {
        if (_open)
        {
            AdvanceTo(_end);
        }
    }

    public override bool TryRead(out ReadResult result)
    {
        var read = inner.TryRead(out result);
        return read && Open(result);
    }

    public override async ValueTask<ReadResult> ReadAsync(CancellationToken cancellationToken = default)
    {
        var result = await inner.ReadAsync(cancellationToken).ConfigureAwait(false);
        Open(result);
        return result;
    }

    public override void AdvanceTo(SequencePosition consumed)
    {
        _open = false;
        inner.AdvanceTo(consumed);
    }

    public override void AdvanceTo(SequencePosition consumed, SequencePosition examined)
    {
        _open = false;
        inner.AdvanceTo(consumed, examined);
    }

    public override void CancelPendingRead() => inner.CancelPendingRead();

    public override void Complete(Exception? exception = null) => inner.Complete(exception);

    private bool Open(in ReadResult result)
    {
        _end = result.Buffer.End;
        return _open = true;
    }
}
