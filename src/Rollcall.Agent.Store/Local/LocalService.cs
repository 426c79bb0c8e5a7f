using System.Collections.Immutable;
using Rollcall.Consul.Wire;

namespace Rollcall.Agent.Store.Local;

/// <summary>A service that was registered on this agent. Immutable.</summary>
/// <param name="Service">The registration.</param>
/// <param name="CheckIds">Ids of its checks.</param>
/// <param name="FromFile">It stands in a configuration file, which is read again at each start: the journal does not keep it.</param>
public sealed record LocalService(NodeService Service, ImmutableSortedSet<string> CheckIds, bool FromFile = false);
