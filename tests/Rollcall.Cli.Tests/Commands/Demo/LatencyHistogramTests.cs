using Rollcall.Cli.Commands.Demo;

namespace Rollcall.Cli.Tests.Commands.Demo;

public sealed class LatencyHistogramTests
{
    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(31)]
    [InlineData(32)]
    [InlineData(63)]
    [InlineData(64)]
    [InlineData(65)]
    [InlineData(1_000)]
    [InlineData(123_456)]
    [InlineData(7_000_000)]
    [InlineData(4_000_000_000)]
    public void OneValue_IsEveryPercentile_WithinThreePercent(long micros)
    {
        var histogram = new LatencyHistogram();
        histogram.Record(TimeSpan.FromMicroseconds(micros));
        foreach (var share in new[] { 0, 0.5, 0.99, 1 })
        {
            Assert.InRange(histogram.Percentile(share).TotalMicroseconds, micros * 0.97, Math.Max(micros, micros * 1.03));
        }
    }

    [Fact]
    public void Percentiles_MatchSortedValues()
    {
        var random = new Random(5);
        var values = Enumerable.Range(0, 10_000).Select(_ => Math.Exp(random.NextDouble() * 15)).Order().ToArray();
        var histogram = new LatencyHistogram();
        foreach (var value in values)
        {
            histogram.Record(TimeSpan.FromMicroseconds(value));
        }

        foreach (var share in new[] { 0.01, 0.5, 0.9, 0.99, 0.999 })
        {
            var exact = values[(int)Math.Ceiling(share * values.Length) - 1];
            Assert.InRange(histogram.Percentile(share).TotalMicroseconds, (exact * 0.96) - 1, (exact * 1.04) + 1);
        }
    }

    [Fact]
    public void Extremes_AreClamped()
    {
        var histogram = new LatencyHistogram();
        histogram.Record(TimeSpan.FromSeconds(-1));
        Assert.Equal(TimeSpan.Zero, histogram.Percentile(1));
        histogram.Record(TimeSpan.FromDays(100));
        Assert.InRange(histogram.Percentile(1), TimeSpan.FromHours(1), TimeSpan.FromHours(1.3));
    }

    [Fact]
    public void Nothing_IsZero() => Assert.Equal(TimeSpan.Zero, new LatencyHistogram().Percentile(0.5));
}
