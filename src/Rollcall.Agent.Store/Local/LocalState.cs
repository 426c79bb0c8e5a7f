using System.Collections.Immutable;
using Rollcall.Consul.Wire;

namespace Rollcall.Agent.Store.Local;

/// <summary>
/// What was registered on this agent. The catalog follows it: what others do to the catalog behind the agent's back is undone by the next
/// sync. Ids are case-sensitive here. Immutable.
/// </summary>
public sealed record LocalState
{
    public static readonly LocalState Empty = new();

    private LocalState()
    {
    }

    /// <summary>The agent's own node; null until the agent announced itself.</summary>
    public CatalogNode? Node { get; init; }

    /// <summary>What the catalog shows of the agent itself besides its registrations.</summary>
    public NodeService? OwnService { get; init; }

    public HealthCheck? OwnCheck { get; init; }

    public ImmutableSortedDictionary<string, LocalService> Services { get; init; } = Sorted.Empty<LocalService>();

    /// <summary>All checks, of services and of the node.</summary>
    public ImmutableSortedDictionary<string, LocalCheck> Checks { get; init; } = Sorted.Empty<LocalCheck>();

    /// <summary>Ids of the checks that belong to no service.</summary>
    public ImmutableSortedSet<string> NodeCheckIds { get; init; } = ImmutableSortedSet.Create<string>(StringComparer.Ordinal);

    /// <summary>The services of a name. Looks at every registration.</summary>
    public IEnumerable<LocalService> ServicesNamed(string name) => Services.Values.Where(service => service.Service.Service == name);
}
