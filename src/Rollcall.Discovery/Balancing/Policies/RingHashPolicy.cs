using Rollcall.Discovery.Balancing.Internal;
using Rollcall.Discovery.Balancing.Tables;

namespace Rollcall.Discovery.Balancing;

/// <summary>
/// <c>ring_hash</c>, and with a load factor <c>ring_hash_bounded</c>: calls with the same <see cref="PickContext.HashKey"/> go to the same endpoint
/// while it is there. When an endpoint goes only its keys move, and when one comes only those that it takes. Shares are about equal, or by weight;
/// a weight of 0 takes no calls, except further attempts of calls that have tried all others.
/// </summary>
public sealed class RingHashPolicy : IBalancingPolicy
{
    internal const int DefaultMinSize = 1024;
    internal const int DefaultMaxSize = 1 << 20;
    internal const int LargestSize = 8 * 1024 * 1024;

    private readonly int _pointsPerWeight;
    private readonly int _maxSize;
    private readonly double _loadFactor;
    private readonly string? _weightKey;

    /// <param name="minRingSize">
    /// Points on the ring of eight endpoints, from 1 to 8,388,608: each weight of 1 has an eighth of it, however many there are, because a number
    /// that followed the length of the list would move keys between endpoints that stay. More points make more even shares: 1,024 a standard
    /// deviation of 9 %, four times as many half of that.
    /// </param>
    /// <param name="maxRingSize">
    /// Most points in all, from 1 to 8,388,608: each weight's are halved until they fit, and until no endpoint has more than a weight of 16 has by
    /// itself. The default of 1,048,576 keeps the points of weights that are 8,192 in sum, and takes up to 16 MB.
    /// </param>
    /// <param name="hashKey">What identifies a call. Null: what the client was told, else calls have no key and are spread at random.</param>
    /// <param name="loadFactor">
    /// From 1 to 100, usually 1.25: no endpoint has more than so many times its share of the calls in flight, rounded up; calls beyond it go to the
    /// next one on the ring. 0: no bound.
    /// </param>
    /// <param name="weightKey">Metadata with the weight, for example <c>weight</c>; where it is missing, and when null: <see cref="Endpoint.Weight"/>.</param>
    /// <exception cref="ArgumentOutOfRangeException">A number is out of its range.</exception>
    public RingHashPolicy(
        int minRingSize = DefaultMinSize,
        int maxRingSize = DefaultMaxSize,
        HashKeySource? hashKey = null,
        double loadFactor = 0,
        string? weightKey = null)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(minRingSize, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(minRingSize, LargestSize);
        ArgumentOutOfRangeException.ThrowIfLessThan(maxRingSize, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(maxRingSize, LargestSize);
        LoadBound.Validate(loadFactor);
        _pointsPerWeight = Math.Max(1, minRingSize / 8);
        _maxSize = maxRingSize;
        HashKey = hashKey;
        _loadFactor = loadFactor;
        _weightKey = weightKey;
    }

    /// <inheritdoc/>
    public string Name => _loadFactor == 0 ? "ring_hash" : "ring_hash_bounded";

    /// <inheritdoc/>
    public HashKeySource? HashKey { get; }

    /// <summary>True.</summary>
    public bool UsesHashKey => true;

    /// <inheritdoc/>
    public EndpointPicker CreatePicker(PickerInput input)
    {
        ArgumentNullException.ThrowIfNull(input);
        var weights = EndpointWeights.Read(input.Endpoints, _weightKey);
        var table = input.Endpoints.IsEmpty ? default : new RingTable(input.Endpoints, weights, _pointsPerWeight, _maxSize);
        return new HashingPicker<RingTable>(input, table, EndpointWeights.Reduce(weights), _loadFactor);
    }
}
