namespace Rollcall.Discovery.Internal;

/// <summary>The wait before something that failed is tried again: doubles up to a cap, then a random half of it is taken off, so that many don't come in step.</summary>
internal static class RestartPause
{
    /// <param name="failures">In a row.</param>
    /// <param name="shortest">What it begins with.</param>
    /// <param name="longest">The cap.</param>
    /// <param name="random">Where the part that is taken off comes from.</param>
    public static TimeSpan After(int failures, TimeSpan shortest, TimeSpan longest, Random random)
    {
        var ceiling = Math.Min(longest.TotalMilliseconds, shortest.TotalMilliseconds * Math.Pow(2, Math.Min(failures - 1, 30)));
        return TimeSpan.FromMilliseconds(ceiling * (0.5 + (random.NextDouble() / 2)));
    }
}
