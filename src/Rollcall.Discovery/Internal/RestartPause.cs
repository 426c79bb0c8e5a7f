namespace Rollcall.Discovery.Internal;

/// <summary>The wait before something that failed is tried again: doubles up to a cap, then a random half of it is taken off, so that many don't come in step.</summary>
internal sealed record RestartPause(TimeProvider TimeProvider, Random Random)
{
    private const double MinMilliseconds = 250;
    private const double MaxMilliseconds = 10_000;

    /// <summary>How long it is.</summary>
    /// <param name="failures">In a row.</param>
    public TimeSpan After(int failures)
    {
        var ceiling = Math.Min(MaxMilliseconds, MinMilliseconds * Math.Pow(2, Math.Min(failures - 1, 30)));
        return TimeSpan.FromMilliseconds(ceiling * (0.5 + (Random.NextDouble() / 2)));
    }

    /// <summary>Waits.</summary>
    /// <param name="failures">In a row.</param>
    /// <param name="stop">Ends the wait, without an exception.</param>
    public async Task WaitAsync(int failures, CancellationToken stop) =>
        await Task.Delay(After(failures), TimeProvider, stop).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
}
