namespace Rollcall.Discovery.Balancing;

/// <summary>
/// <c>ip_hash</c>, and with a load factor <c>ip_hash_bounded</c>: all calls from one address go to the same endpoint while it is there. Underneath
/// it is <see cref="RingHashPolicy"/>, so that the others stay where they are when an endpoint comes or goes.
/// </summary>
/// <param name="hashKey">
/// Whose address. Null: <see cref="HashKeySource.CallerAddress"/>, this machine's; a gateway gives that of the request it serves by
/// <see cref="HashKeySource.From"/>.
/// </param>
/// <param name="loadFactor">As for <see cref="RingHashPolicy"/>; 0: no bound.</param>
/// <param name="weightKey">As for <see cref="RingHashPolicy"/>.</param>
/// <exception cref="ArgumentOutOfRangeException">The load factor is out of its range.</exception>
public sealed class IpHashPolicy(HashKeySource? hashKey = null, double loadFactor = 0, string? weightKey = null) : IBalancingPolicy
{
    private readonly RingHashPolicy _ring = new(hashKey: hashKey ?? HashKeySource.CallerAddress, loadFactor: loadFactor, weightKey: weightKey);

    /// <inheritdoc/>
    public string Name => loadFactor == 0 ? "ip_hash" : "ip_hash_bounded";

    /// <inheritdoc/>
    public HashKeySource? HashKey => _ring.HashKey;

    /// <inheritdoc/>
    public EndpointPicker CreatePicker(PickerInput input) => _ring.CreatePicker(input);
}
