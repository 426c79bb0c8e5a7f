using System.IO.Pipelines;

namespace Rollcall.Grpc.Server.Kestrel;

/// <summary>What a peer sends. The server's completing it does nothing: the transport goes on taking what comes.</summary>
internal sealed class LingeringInput(PipeReader input) : PipeReader
{
    public override ValueTask<ReadResult> ReadAsync(CancellationToken cancellationToken = default) => input.ReadAsync(cancellationToken);

    public override bool TryRead(out ReadResult result) => input.TryRead(out result);

    public override void AdvanceTo(SequencePosition consumed) => input.AdvanceTo(consumed);

    public override void AdvanceTo(SequencePosition consumed, SequencePosition examined) => input.AdvanceTo(consumed, examined);

    public override void CancelPendingRead() => input.CancelPendingRead();

    public override void Complete(Exception? exception = null)
    {
    }
}
