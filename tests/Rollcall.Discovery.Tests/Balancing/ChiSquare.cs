namespace Rollcall.Discovery.Tests.Balancing;

/// <summary>Whether counts are what chance makes of the shares that are expected.</summary>
internal static class ChiSquare
{
    /// <summary>Fails when such counts come by chance once in a thousand times or less.</summary>
    public static void AssertFits(ReadOnlySpan<int> counts, ReadOnlySpan<double> shares)
    {
        var calls = 0;
        var sum = 0.0;
        for (var i = 0; i < counts.Length; i++)
        {
            calls += counts[i];
            sum += shares[i];
        }

        var chiSquare = 0.0;
        for (var i = 0; i < counts.Length; i++)
        {
            var expected = calls * shares[i] / sum;
            chiSquare += Math.Pow(counts[i] - expected, 2) / expected;
        }

        // Wilson and Hilferty's approximation of the 99.9 % quantile (z = 3.09) with n - 1 degrees of freedom.
        double k = counts.Length - 1;
        var limit = k * Math.Pow(1 - (2 / (9 * k)) + (3.09 * Math.Sqrt(2 / (9 * k))), 3);
        Assert.True(chiSquare < limit, $"chi-square {chiSquare:0.0} is not below {limit:0.0}");
    }
}
