using Rollcall.Agent.Store.Records;
using Rollcall.Consul.Wire;

namespace Rollcall.Agent.Store.Commands;

/// <summary>The agent enters its catalog: its node, the service it is itself, and the check that says it is alive.</summary>
public sealed record AnnounceAgent(CatalogNode Node, NodeService OwnService, HealthCheck OwnCheck) : Command<bool>
{
    internal override bool Apply(StoreTransaction transaction)
    {
        transaction.Local = transaction.Local with { Node = Node, OwnService = OwnService, OwnCheck = OwnCheck };

        // A service that never existed has an index too, and it must not be 0.
        transaction.Catalog = transaction.Catalog with
        {
            ExtinctionIndex = Math.Max(transaction.Catalog.ExtinctionIndex, transaction.Index),
        };
        transaction.LocalWriter.PushOwn();
        if (transaction.Records.Coordinates.Find(CatalogKey.Of(Node.Node)) is null)
        {
            _ = new UpdateCoordinate(new NodeCoordinate(Node.Node, "", NetworkCoordinate.Origin)).Apply(transaction);
        }

        if (transaction.Records.Autopilot.Find("") is null)
        {
            _ = new SetAutopilot(AutopilotSettings.Default, null).Apply(transaction);
        }

        return true;
    }
}
