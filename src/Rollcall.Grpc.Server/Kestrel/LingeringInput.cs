using System.IO.Pipelines;

namespace Rollcall.Grpc.Server.Kestrel;

/// <summary>What a peer sends. The server's completing it does nothing: the transport goes on taking what comes.</summary>
/// <param name="input">What it comes from.</param>
/// <param name="onRead">Called before each read; null: nothing is.</param>
internal sealed class LingeringInput(PipeReader input, Action? onRead) : PipeReader
{
    public override ValueTask<ReadResult> ReadAsync(CancellationToken cancellationToken = default)
    {
        onRead?.Invoke();
        return input.ReadAsync(cancellationToken);
    }

    public override bool TryRead(out ReadResult result) => input.TryRead(out result);

    public override void AdvanceTo(SequencePosition consumed) => input.AdvanceTo(consumed);

    public override void AdvanceTo(SequencePosition consumed, SequencePosition examined) => input.AdvanceTo(consumed, examined);

    public override void CancelPendingRead() => input.CancelPendingRead();

    public override void Complete(Exception? exception = null)
    {
    }
}
