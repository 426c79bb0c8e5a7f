using System.Collections.Immutable;

namespace Rollcall.Agent.Store.Catalog;

/// <summary>A service and its instances. Immutable: any change to what a health query of it would show makes a new entry.</summary>
/// <param name="Name">The name as first registered.</param>
/// <param name="Index">The last commit that changed it.</param>
/// <param name="Instances">By node key and service key, so in the order in which Consul lists them.</param>
public sealed record ServiceEntry(string Name, ulong Index, ImmutableSortedDictionary<string, ServiceInstance> Instances);
