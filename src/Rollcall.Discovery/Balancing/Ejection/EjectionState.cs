namespace Rollcall.Discovery.Balancing.Ejection;

/// <summary>The last ejection of an endpoint. Immutable.</summary>
/// <param name="Reason">For a person.</param>
/// <param name="Until">When it ends, or ended, as a timestamp.</param>
/// <param name="Multiplier">How many base times it lasted.</param>
/// <param name="IsOver">Whether it has ended.</param>
internal sealed record EjectionState(string Reason, long Until, int Multiplier, bool IsOver)
{
    /// <summary>How many base times the next one lasts: one more, less one for each whole interval since this one ended.</summary>
    public int NextMultiplier(long now, long interval) =>
        (int)Math.Max(0, Multiplier - Math.Max(0, (now - Until) / Math.Max(1, interval))) + 1;
}
