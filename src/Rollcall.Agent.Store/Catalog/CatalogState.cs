using System.Collections.Immutable;

namespace Rollcall.Agent.Store.Catalog;

/// <summary>Nodes and services as every client sees them, with the indexes that blocking queries wait on. Immutable.</summary>
public sealed record CatalogState
{
    public static readonly CatalogState Empty = new();

    private CatalogState()
    {
    }

    /// <summary>By <see cref="CatalogKey"/>.</summary>
    public ImmutableSortedDictionary<string, NodeEntry> Nodes { get; init; } = Sorted.Empty<NodeEntry>();

    /// <summary>By <see cref="CatalogKey"/>.</summary>
    public ImmutableSortedDictionary<string, ServiceEntry> Services { get; init; } = Sorted.Empty<ServiceEntry>();

    /// <summary>Last commit that changed a node.</summary>
    public ulong NodesIndex { get; init; }

    /// <summary>Last commit that changed a registration of a service.</summary>
    public ulong ServicesIndex { get; init; }

    /// <summary>Last commit that changed a check.</summary>
    public ulong ChecksIndex { get; init; }

    /// <summary>Last commit in which a service lost its last instance.</summary>
    public ulong ExtinctionIndex { get; init; }

    public ServiceEntry? FindService(string name) => Services.GetValueOrDefault(CatalogKey.Of(name));

    public NodeEntry? FindNode(string name) => Nodes.GetValueOrDefault(CatalogKey.Of(name));

    /// <summary>The index of a service's health; for one that does not exist, of the last that vanished.</summary>
    public ulong ServiceIndex(string name) => FindService(name)?.Index ?? ExtinctionIndex;

    /// <summary>The index of a node and its services, which is one for all nodes, as in Consul.</summary>
    public ulong NodeServicesIndex => Math.Max(NodesIndex, ServicesIndex);
}
