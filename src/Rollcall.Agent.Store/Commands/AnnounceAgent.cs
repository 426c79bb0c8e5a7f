using System.Collections.Immutable;
using Rollcall.Agent.Store.Durability;
using Rollcall.Agent.Store.Records;
using Rollcall.Consul.Wire;

namespace Rollcall.Agent.Store.Commands;

/// <summary>The agent enters its catalog: its node, the service it is itself, and the check that says it is alive.</summary>
public sealed record AnnounceAgent(CatalogNode Node, NodeService OwnService, HealthCheck OwnCheck) : Command<ImmutableArray<string>>
{
    /// <returns>The nodes that were removed because they say that they are members of the cluster, and are not.</returns>
    internal override ImmutableArray<string> Apply(StoreTransaction transaction)
    {
        var starts = transaction.Local.Node is null;
        transaction.Local = transaction.Local with { Node = Node, OwnService = OwnService, OwnCheck = OwnCheck };
        ImmutableArray<string> reaped = [];
        if (starts)
        {
            // A file has it from its first start on.
            transaction.Touch(IndexRows.Floor);
            transaction.LocalWriter.TakeOver();
            reaped = ReapLostMembers(transaction);
        }

        // A service that never existed has an index too, and it must not be 0.
        transaction.Catalog = transaction.Catalog with
        {
            ExtinctionIndex = transaction.Catalog.ExtinctionIndex == 0 ? transaction.Index : transaction.Catalog.ExtinctionIndex,
        };
        transaction.LocalWriter.PushOwn();
        if (transaction.Records.Autopilot.Find("") is null)
        {
            _ = new SetAutopilot(AutopilotSettings.Default, null).Apply(transaction);
        }

        return reaped;
    }

    /// <summary>
    /// Removes the nodes that say by the check of their agent that they are members of the cluster: this agent is its only member. They are what it was
    /// under another name, and those of a cluster whose snapshot was restored. Consul's leader does the same with members that it has lost (reconcileReaped).
    /// </summary>
    private ImmutableArray<string> ReapLostMembers(StoreTransaction transaction)
    {
        var (own, check) = (CatalogKey.Of(Node.Node), CatalogKey.Of(OwnCheck.CheckId));
        ImmutableArray<string> reaped = [.. transaction.Catalog.Nodes.Where(pair => pair.Key != own && pair.Value.NodeChecks.ContainsKey(check)).Select(static pair => pair.Value.Node.Node)];
        foreach (var node in reaped)
        {
            transaction.CatalogWriter.DeleteNode(node);
        }

        return reaped;
    }
}
