using System.Collections.Immutable;
using Rollcall.Consul.Wire;

namespace Rollcall.Agent.Store.Catalog;

/// <summary>A node with its services and checks. Immutable.</summary>
/// <param name="Node">The node.</param>
/// <param name="Services">By key.</param>
/// <param name="Checks">All of its checks, of services too, by key.</param>
/// <param name="NodeChecks">Only those of the node itself.</param>
public sealed record NodeEntry(
    CatalogNode Node,
    ImmutableSortedDictionary<string, NodeService> Services,
    ImmutableSortedDictionary<string, HealthCheck> Checks,
    ImmutableSortedDictionary<string, HealthCheck> NodeChecks);
