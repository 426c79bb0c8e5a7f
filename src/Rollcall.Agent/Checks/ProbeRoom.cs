namespace Rollcall.Agent.Checks;

/// <summary>How many probes run at a time. Those that are too many wait without a thread, first come, first served. Safe for use by many threads.</summary>
/// <param name="size">How many; from 1.</param>
internal sealed class ProbeRoom(int size) : IDisposable
{
    // Hands a free place to who waits longest; nobody who comes later takes it from him.
    private readonly SemaphoreSlim _free = new(size);
    private int _waiting;

    /// <summary>Probes that wait for a place at this moment.</summary>
    public int Waiting => Volatile.Read(ref _waiting);

    /// <summary>Takes a place as soon as there is one. Ends with <see cref="Leave"/>, unless it throws.</summary>
    /// <exception cref="OperationCanceledException">The check is gone.</exception>
    public Task EnterAsync(CancellationToken stop)
    {
        var entered = _free.WaitAsync(stop);
        return entered.IsCompleted ? entered : WaitAsync(entered);
    }

    public void Leave() => _free.Release();

    /// <inheritdoc />
    public void Dispose() => _free.Dispose();

    private async Task WaitAsync(Task entered)
    {
        Interlocked.Increment(ref _waiting);
        try
        {
            await entered.ConfigureAwait(false);
        }
        finally
        {
            Interlocked.Decrement(ref _waiting);
        }
    }
}
