namespace Rollcall.Discovery.Internal;

/// <summary>What a watch knows at one moment, and the signal that it knows more. Immutable but for the signal.</summary>
internal sealed class WatchState(EndpointSnapshot? snapshot, SourceFailure? failure)
{
    private readonly TaskCompletionSource _replaced = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public EndpointSnapshot? Snapshot { get; } = snapshot;

    public SourceFailure? Failure { get; } = failure;

    /// <summary>Completes when a newer state is in place.</summary>
    public Task Replaced => _replaced.Task;

    public void SignalReplaced() => _replaced.TrySetResult();
}
