namespace Rollcall.Agent.Metrics;

/// <summary>What was measured under one name since the start, and the newest values of it. Guarded by its owner.</summary>
internal sealed class SampleTotals
{
    // Enough for the 99th percentile.
    private const int Kept = 512;

    private readonly double[] _recent = new double[Kept];

    public long Count { get; private set; }

    public double Sum { get; private set; }

    public void Add(double value)
    {
        _recent[Count % Kept] = value;
        Count++;
        Sum += value;
    }

    /// <summary>Quantiles of the newest values.</summary>
    public double[] Quantiles(params ReadOnlySpan<double> ranks)
    {
        var sorted = _recent[..(int)Math.Min(Count, Kept)];
        Array.Sort(sorted);
        var values = new double[ranks.Length];
        for (var i = 0; i < ranks.Length; i++)
        {
            values[i] = sorted.Length == 0 ? double.NaN : sorted[Math.Max(0, (int)Math.Ceiling(ranks[i] * sorted.Length) - 1)];
        }

        return values;
    }
}
