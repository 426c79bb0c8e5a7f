using System.Collections.Immutable;
using Rollcall.Consul.Wire;

namespace Rollcall.Agent.Store.Local;

/// <summary>A service that was registered on this agent. Immutable.</summary>
/// <param name="Service">The registration.</param>
/// <param name="CheckIds">Ids of its checks.</param>
public sealed record LocalService(NodeService Service, ImmutableSortedSet<string> CheckIds);
