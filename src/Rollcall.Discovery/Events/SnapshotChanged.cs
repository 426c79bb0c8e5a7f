using System.Collections.Immutable;

namespace Rollcall.Discovery.Events;

/// <summary>The list of instances is another one.</summary>
/// <param name="Time">When.</param>
/// <param name="Query">Whose list.</param>
/// <param name="Snapshot">The list from now on.</param>
/// <param name="Added">What was not in the list before.</param>
/// <param name="Removed">What is not in the list any more.</param>
/// <param name="Updated">What is in both, with other tags, metadata, weight, node or datacenter; as it is now.</param>
public sealed record SnapshotChanged(
    DateTimeOffset Time,
    ServiceQuery Query,
    EndpointSnapshot Snapshot,
    ImmutableArray<Endpoint> Added,
    ImmutableArray<Endpoint> Removed,
    ImmutableArray<Endpoint> Updated) : DiscoveryEvent(Time, Query);
