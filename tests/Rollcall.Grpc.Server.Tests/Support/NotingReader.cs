using System.IO.Pipelines;

namespace Rollcall.Grpc.Server.Tests;

/// <summary>A request body that says when a read waits for more of it.</summary>
internal sealed class NotingReader(PipeReader inner, Action onWaiting) : PipeReader
{
    public override void AdvanceTo(SequencePosition consumed) => inner.AdvanceTo(consumed);

    public override void AdvanceTo(SequencePosition consumed, SequencePosition examined) => inner.AdvanceTo(consumed, examined);

    public override void CancelPendingRead() => inner.CancelPendingRead();

    public override void Complete(Exception? exception = null) => inner.Complete(exception);

    public override ValueTask<ReadResult> ReadAsync(CancellationToken cancellationToken = default)
    {
        var read = inner.ReadAsync(cancellationToken);
        if (!read.IsCompleted)
        {
            onWaiting();
        }

        return read;
    }

    public override bool TryRead(out ReadResult result) => inner.TryRead(out result);
}
