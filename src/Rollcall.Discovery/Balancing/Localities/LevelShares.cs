namespace Rollcall.Discovery.Balancing.Localities;

/// <summary>How calls are shared between groups of endpoints that are more and more distant: Envoy's rule for priority levels.</summary>
internal static class LevelShares
{
    /// <summary>
    /// A level's health is its healthy share times the overprovisioning factor, 1 at most. The first takes as much as its health, the next of what is
    /// left as much as its own, and so on; when all of them together can't take everything, each takes in proportion.
    /// </summary>
    /// <param name="levels">Nearest first; none without endpoints unless it is the only one.</param>
    /// <param name="overprovisioning">From 1.</param>
    /// <param name="suffice">Whether they can take everything without panic.</param>
    /// <returns>Their sum is 1.</returns>
    public static double[] Of(ReadOnlySpan<(int Healthy, int Total)> levels, double overprovisioning, out bool suffice)
    {
        var shares = new double[levels.Length];
        var sum = 0.0;
        for (var i = 0; i < levels.Length; i++)
        {
            var (healthy, total) = levels[i];
            shares[i] = total == 0 ? 0 : Math.Min(1, overprovisioning * healthy / total);
            sum += shares[i];
        }

        suffice = sum >= 1;
        if (sum == 0)
        {
            // No level is better than the nearest.
            shares[0] = 1;
            return shares;
        }

        var left = 1.0;
        for (var i = 0; i < shares.Length; i++)
        {
            shares[i] = Math.Min(left, suffice ? shares[i] : shares[i] / sum);
            left -= shares[i];
        }

        return shares;
    }
}
