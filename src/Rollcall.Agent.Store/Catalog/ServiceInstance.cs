using System.Collections.Immutable;
using Rollcall.Consul.Wire;

namespace Rollcall.Agent.Store.Catalog;

/// <summary>One instance with everything that decides its health. Immutable.</summary>
/// <param name="Node">The node it runs on.</param>
/// <param name="Service">The registration.</param>
/// <param name="NodeChecks">Checks of the node itself, by key.</param>
/// <param name="Checks">Its own checks, by key.</param>
public sealed record ServiceInstance(
    CatalogNode Node,
    NodeService Service,
    ImmutableSortedDictionary<string, HealthCheck> NodeChecks,
    ImmutableSortedDictionary<string, HealthCheck> Checks)
{
    /// <summary>No check, of node or instance, is other than passing.</summary>
    public bool AllPassing => Passing(NodeChecks) && Passing(Checks);

    private static bool Passing(ImmutableSortedDictionary<string, HealthCheck> checks)
    {
        foreach (var (_, check) in checks)
        {
            if (check.Status != CheckStatus.Passing)
            {
                return false;
            }
        }

        return true;
    }
}
