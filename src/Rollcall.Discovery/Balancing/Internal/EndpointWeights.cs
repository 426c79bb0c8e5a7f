using System.Collections.Immutable;
using System.Globalization;

namespace Rollcall.Discovery.Balancing.Internal;

/// <summary>The weights of a list as policies use them.</summary>
internal static class EndpointWeights
{
    /// <summary>
    /// One weight per slot as they are given: at least one is more than zero. A list of zeros counts as one of equals, because calls have to go
    /// somewhere.
    /// </summary>
    /// <param name="endpoints">Whose weights.</param>
    /// <param name="key">Metadata that goes before <see cref="Endpoint.Weight"/> where it is a whole number; null: none.</param>
    public static int[] Read(ImmutableArray<Endpoint> endpoints, string? key)
    {
        var weights = new int[endpoints.Length];
        for (var slot = 0; slot < weights.Length; slot++)
        {
            weights[slot] = Read(endpoints[slot], key);
        }

        if (!weights.AsSpan().ContainsAnyExcept(0))
        {
            Array.Fill(weights, 1);
        }

        return weights;
    }

    /// <summary>The same in lowest terms, for what depends on no more than how they compare.</summary>
    public static int[] ReadReduced(ImmutableArray<Endpoint> endpoints, string? key) => Reduce(Read(endpoints, key));

    public static int[] Reduce(int[] weights)
    {
        var divisor = weights.Aggregate(0, GreatestCommonDivisor);
        return [.. weights.Select(weight => weight / divisor)];
    }

    /// <summary>A weight of zero takes only calls that have tried all others: those for which one of zero was chosen.</summary>
    public static bool MayStandIn(int[] weights, int slot, int full) => weights[slot] > 0 || weights[full] == 0;

    public static bool AreEqual(ReadOnlySpan<int> weights) => weights.IsEmpty || !weights.ContainsAnyExcept(weights[0]);

    private static int Read(Endpoint endpoint, string? key) =>
        key is not null
        && endpoint.Metadata.TryGetValue(key, out var text)
        && int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var weight)
            ? weight
            : Math.Max(0, endpoint.Weight);

    private static int GreatestCommonDivisor(int a, int b)
    {
        while (b != 0)
        {
            (a, b) = (b, a % b);
        }

        return a;
    }
}
