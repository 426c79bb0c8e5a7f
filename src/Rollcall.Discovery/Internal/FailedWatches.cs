namespace Rollcall.Discovery.Internal;

/// <summary>
/// What the failed watches of a directory know of each other: together they ask a source that fails about as often as one of them would, and
/// the first one that gets an answer wakes the others. Thread-safe.
/// </summary>
internal sealed class FailedWatches
{
    // With more of them each waits no longer: one that fails by itself, while many others do for a reason of theirs, must not wait for minutes.
    private const int Most = 20;

    private readonly Lock _lock = new();
    private TaskCompletionSource _recovery = New();
    private int _count;

    /// <summary>By what the longest wait of each has to be multiplied: how many there are, and 20 at most.</summary>
    public int Factor => Math.Clamp(Volatile.Read(ref _count), 1, Most);

    /// <summary>Completes when one that had failed gets an answer.</summary>
    public Task NextRecovery
    {
        get
        {
            lock (_lock)
            {
                return _recovery.Task;
            }
        }
    }

    public void Add() => Interlocked.Increment(ref _count);

    /// <summary>One of them has ended.</summary>
    public void Remove() => Interlocked.Decrement(ref _count);

    /// <summary>One of them has got an answer.</summary>
    public void Recover()
    {
        Remove();
        TaskCompletionSource recovery;
        lock (_lock)
        {
            (recovery, _recovery) = (_recovery, New());
        }

        recovery.SetResult();
    }

    private static TaskCompletionSource New() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
