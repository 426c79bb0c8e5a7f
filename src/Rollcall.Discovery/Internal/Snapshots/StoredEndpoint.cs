using System.Collections.Frozen;

namespace Rollcall.Discovery.Internal.Snapshots;

/// <summary>An endpoint as JSON.</summary>
internal sealed record StoredEndpoint(
    string Id,
    string Host,
    int Port,
    string Service,
    int Weight,
    IReadOnlyList<string>? Tags,
    IReadOnlyDictionary<string, string>? Metadata,
    string? Node,
    string? Datacenter,
    string? Zone,
    IReadOnlyDictionary<string, StoredAddress>? Addresses = null)
{
    public static StoredEndpoint Of(Endpoint endpoint) => new(
        endpoint.Id,
        endpoint.Host,
        endpoint.Port,
        endpoint.ServiceName,
        endpoint.Weight,
        endpoint.Tags.IsEmpty ? null : endpoint.Tags,
        endpoint.Metadata.Count == 0 ? null : endpoint.Metadata,
        endpoint.Node,
        endpoint.Datacenter,
        endpoint.Zone,
        endpoint.Addresses.Count == 0
            ? null
            : endpoint.Addresses.ToDictionary(static pair => pair.Key, static pair => new StoredAddress(pair.Value.Host, pair.Value.Port), StringComparer.Ordinal));

    /// <exception cref="ArgumentException">It is not one that can be called.</exception>
    public Endpoint ToEndpoint() => new(Id, Host, Port)
    {
        ServiceName = Service,
        Weight = Weight,
        Tags = Tags is null ? [] : [.. Tags],
        Metadata = Metadata?.ToFrozenDictionary() ?? FrozenDictionary<string, string>.Empty,
        Node = Node,
        Datacenter = Datacenter,
        Zone = Zone,
        Addresses = Addresses?.ToFrozenDictionary(static pair => pair.Key, static pair => new EndpointAddress(pair.Value.Host, pair.Value.Port), StringComparer.Ordinal)
            ?? FrozenDictionary<string, EndpointAddress>.Empty,
    };
}
