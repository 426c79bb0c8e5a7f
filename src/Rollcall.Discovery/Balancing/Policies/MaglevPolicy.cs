using Rollcall.Discovery.Balancing.Internal;
using Rollcall.Discovery.Balancing.Tables;

namespace Rollcall.Discovery.Balancing;

/// <summary>
/// <c>maglev</c>, and with a load factor <c>maglev_bounded</c>: calls with the same <see cref="PickContext.HashKey"/> go to the same endpoint while
/// it is there. Shares are more even than those of <c>ring_hash</c> and picks are faster; in return about one key in a hundred moves between
/// endpoints that stay when one comes or goes. A weight of 0 takes no calls, except further attempts of calls that have tried all others.
/// </summary>
/// <remarks>
/// The table of more than 10,000 endpoints takes seconds to build: that is done in the background, while picks go by the last table that was
/// finished, in which endpoints that are gone are replaced and new ones are missing.
/// </remarks>
public sealed class MaglevPolicy : IBalancingPolicy
{
    internal const int LargestTable = 100_000_007;
    private const int BackgroundFrom = 10_000;
    private readonly int _tableSize;
    private readonly double _loadFactor;
    private readonly string? _weightKey;

    /// <param name="tableSize">
    /// Places in the table, up to 100,000,007, rounded up to a prime; 0: 65,537, or for more than 655 endpoints a hundred for each and up. Raised to the
    /// number of endpoints if it is lower.
    /// </param>
    /// <param name="hashKey">What identifies a call. Null: what the client was told, else calls have no key and are spread at random.</param>
    /// <param name="loadFactor">As for <see cref="RingHashPolicy"/>; 0: no bound.</param>
    /// <param name="weightKey">As for <see cref="RingHashPolicy"/>.</param>
    /// <exception cref="ArgumentOutOfRangeException">A number is out of its range.</exception>
    public MaglevPolicy(int tableSize = 0, HashKeySource? hashKey = null, double loadFactor = 0, string? weightKey = null)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(tableSize);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(tableSize, LargestTable);
        LoadBound.Validate(loadFactor);
        _tableSize = tableSize;
        HashKey = hashKey;
        _loadFactor = loadFactor;
        _weightKey = weightKey;
    }

    /// <inheritdoc/>
    public string Name => _loadFactor == 0 ? "maglev" : "maglev_bounded";

    /// <inheritdoc/>
    public HashKeySource? HashKey { get; }

    /// <summary>True.</summary>
    public bool UsesHashKey => true;

    /// <inheritdoc/>
    public EndpointPicker CreatePicker(PickerInput input)
    {
        ArgumentNullException.ThrowIfNull(input);
        var weights = EndpointWeights.ReadReduced(input.Endpoints, _weightKey);
        if (input.Endpoints.IsEmpty)
        {
            return new MaglevPicker(input, default, weights, _loadFactor, null);
        }

        var size = _tableSize == 0
            ? MaglevTable.SizeFor(input.Endpoints.Length)
            : MaglevTable.NextPrime(Math.Max(_tableSize, input.Endpoints.Length));
        if (input.Endpoints.Length <= BackgroundFrom)
        {
            return new MaglevPicker(input, MaglevTable.Build(input.Endpoints, weights, size), weights, _loadFactor, null);
        }

        var builds = (input.Previous as MaglevPicker)?.Builds ?? new MaglevBuilds();
        var picker = new MaglevPicker(input, builds.Substitute(input, weights), weights, _loadFactor, builds);
        builds.Start(picker, weights, size, input.Logger);
        return picker;
    }
}
