using System.Collections.Immutable;
using Rollcall.Agent.Store.Catalog;
using Rollcall.Consul.Wire;

namespace Rollcall.Agent.Store.Commands;

/// <summary>Writes to the catalog directly: a node, with at most one service and any checks.</summary>
/// <param name="Node">The node.</param>
/// <param name="SkipNodeUpdate">Leave the node as it is, if it exists.</param>
/// <param name="Service">The service, or null.</param>
/// <param name="Checks">The checks.</param>
public sealed record RegisterInCatalog(CatalogNode Node, bool SkipNodeUpdate, NodeService? Service, ImmutableArray<HealthCheck> Checks)
    : Command<string?>
{
    /// <returns>Null, or the reason why nothing was registered.</returns>
    internal override string? Apply(StoreTransaction transaction)
    {
        // All is looked at before anything is written, because a command that fails must leave nothing behind.
        var writer = transaction.CatalogWriter;
        var known = transaction.Catalog.FindNode(Node.Node);
        var putsNode = known is null || !SkipNodeUpdate;
        if (putsNode && writer.NameFault(Node) is { } reserved)
        {
            return $"failed inserting node: {reserved}";
        }

        if (Service is not null && ServiceFault(Service) is { } fault)
        {
            return $"failed inserting service: {fault}";
        }

        foreach (var check in Checks)
        {
            if (check.Node.Length > 0 && check.Node != Node.Node)
            {
                return $"check node \"{check.Node}\" does not match node \"{Node.Node}\"";
            }

            var registered = check.ServiceId.Length == 0
                || (Service is not null && CatalogKey.Of(Service.Id) == CatalogKey.Of(check.ServiceId))
                || known?.Services.ContainsKey(CatalogKey.Of(check.ServiceId)) == true;
            if (!registered)
            {
                return $"failed inserting check: Missing service registration on node \"{Node.Node}\"";
            }

            if (check.CheckId.Length == 0)
            {
                return $"failed inserting check: failed inserting check: object missing primary index on node \"{Node.Node}\"";
            }
        }

        if (putsNode)
        {
            // An id that is kept when the request names none: the same node under the same name.
            writer.PutNode(Node.Id.Length == 0 && known is not null ? Node with { Id = known.Node.Id } : Node);
        }

        if (Service is not null)
        {
            writer.PutService(Node.Node, Service);
        }

        foreach (var check in Checks)
        {
            writer.PutCheck(check with { Node = Node.Node });
        }

        return null;
    }

    private string? ServiceFault(NodeService service) =>
        CatalogRules.MetadataFault(Node.Node, service) ?? (service.Id.Length == 0 ? "failed inserting service: object missing primary index" : null);
}
