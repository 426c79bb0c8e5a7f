namespace Rollcall.Agent.Metrics;

/// <summary>What was measured under one name in one window. Guarded by its owner.</summary>
internal sealed class SampleWindow
{
    public int Count { get; private set; }

    public double Sum { get; private set; }

    public double SumOfSquares { get; private set; }

    public double Min { get; private set; } = double.MaxValue;

    public double Max { get; private set; } = double.MinValue;

    /// <summary>When the newest came.</summary>
    public DateTimeOffset Updated { get; private set; }

    public double Mean => Count == 0 ? 0 : Sum / Count;

    /// <summary>Of a sample, so 0 for fewer than two.</summary>
    public double Deviation =>
        Count < 2 ? 0 : Math.Sqrt(Math.Max(0, ((Count * SumOfSquares) - (Sum * Sum)) / ((double)Count * (Count - 1))));

    public void Add(double value, DateTimeOffset now)
    {
        Updated = now;
        Count++;
        Sum += value;
        SumOfSquares += value * value;
        Min = Math.Min(Min, value);
        Max = Math.Max(Max, value);
    }

    public SampleWindow Copy() => (SampleWindow)MemberwiseClone();
}
