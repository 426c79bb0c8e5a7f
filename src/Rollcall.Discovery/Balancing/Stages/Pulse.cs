namespace Rollcall.Discovery.Balancing.Stages;

/// <summary>Wakes everybody who waits for the next change. Free while nobody waits. Thread-safe.</summary>
internal sealed class Pulse
{
    private TaskCompletionSource? _next;

    /// <summary>Completes with the next beat. Ask before looking at what may have changed, so that no beat is missed.</summary>
    public Task Next
    {
        get
        {
            while (true)
            {
                if (Volatile.Read(ref _next) is { } next)
                {
                    return next.Task;
                }

                Interlocked.CompareExchange(ref _next, new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously), null);
            }
        }
    }

    public void Beat()
    {
        if (Volatile.Read(ref _next) is not null)
        {
            Interlocked.Exchange(ref _next, null)?.SetResult();
        }
    }
}
