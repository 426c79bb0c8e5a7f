namespace Rollcall.Agent.Store.Watching;

/// <summary>
/// Interest in one topic, shared by all that wait for it at the same time. Ends for good when the topic changes; who wants to go on waiting
/// subscribes again. Dispose releases the interest.
/// </summary>
public sealed class Watch : IDisposable
{
    // Continuations run on the pool: the writer that completes it must not run its watchers' code.
    private readonly TaskCompletionSource _changed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly WatchHub _hub;

    internal Watch(WatchHub hub, Topic topic)
    {
        _hub = hub;
        Topic = topic;
    }

    /// <summary>Completes when the topic changed, or when the store was closed.</summary>
    public Task Changed => _changed.Task;

    internal Topic Topic { get; }

    /// <summary>How many hold this watch. Guarded by the hub's lock.</summary>
    internal int Holders { get; set; }

    public void Dispose() => _hub.Release(this);

    internal void Complete() => _changed.TrySetResult();
}
