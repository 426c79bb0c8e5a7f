using System.IO.Pipelines;

namespace Rollcall.Grpc.Server.Tests;

/// <summary>The body of a request that a middleware has replaced, by a reader that is no model: ending a read that waits throws.</summary>
internal sealed class FailingCancelReader(PipeReader inner) : PipeReader
{
    public override void AdvanceTo(SequencePosition consumed) => inner.AdvanceTo(consumed);

    public override void AdvanceTo(SequencePosition consumed, SequencePosition examined) => inner.AdvanceTo(consumed, examined);

    public override void CancelPendingRead()
    {
        inner.CancelPendingRead();
        throw new NotSupportedException();
    }

    public override void Complete(Exception? exception = null) => inner.Complete(exception);

    public override ValueTask<ReadResult> ReadAsync(CancellationToken cancellationToken = default) => inner.ReadAsync(cancellationToken);

    public override bool TryRead(out ReadResult result) => inner.TryRead(out result);
}
