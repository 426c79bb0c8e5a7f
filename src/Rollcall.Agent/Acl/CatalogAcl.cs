using Rollcall.Agent.Store;
using Rollcall.Agent.Store.Catalog;
using Rollcall.Agent.Store.Commands;
using Rollcall.Consul.Wire;

namespace Rollcall.Agent.Acl;

/// <summary>What of <c>catalog/register</c> and <c>catalog/deregister</c> a token may do.</summary>
internal static class CatalogAcl
{
    public static bool Allows(Authorizer access, StoreRoot root, RegisterInCatalog command, bool skipsNode)
    {
        if (access.IsUnrestricted)
        {
            return true;
        }

        var known = root.Catalog.FindNode(command.Node.Node);
        var writesNode = CanWriteNode(access, known, command.Node.Node);
        if (!writesNode && (known is null || (!skipsNode && ChangesNode(known.Node, command.Node))))
        {
            return false;
        }

        // An id that is another node's renames that one: it goes, with all that is on it.
        if ((known is null || !skipsNode) && !CanRename(access, root, command.Node))
        {
            return false;
        }

        if (command.Service is { } service)
        {
            var replaced = known?.Services.GetValueOrDefault(CatalogKey.Of(service.Id.Length > 0 ? service.Id : service.Service));
            if (!access.Allows(AclResource.Service, service.Service, AclAccess.Write)
                || (DestinationOf(service) is { } destination && !access.Allows(AclResource.Service, destination, AclAccess.Write))
                || (replaced is not null && !access.Allows(AclResource.Service, replaced.Service, AclAccess.Write)))
            {
                return false;
            }
        }

        return command.Checks.All(check => CanReplace(access, known, check.CheckId)
            && (check.ServiceId.Length == 0 ? writesNode
            : command.Service is { } own && (own.Id.Length > 0 ? own.Id : own.Service) == check.ServiceId
            || (known?.Services.GetValueOrDefault(CatalogKey.Of(check.ServiceId)) is { } other && access.Allows(AclResource.Service, other.Service, AclAccess.Write))));
    }

    /// <summary>The service that a proxy is found in place of, and so has to be allowed to write, too; null: it is none.</summary>
    public static string? DestinationOf(NodeService service) => service.Kind == ServiceKind.ConnectProxy ? service.Proxy?.DestinationServiceName : null;

    /// <summary>Whether a node may be written, under the name that it is given and the one that it has: they may differ in case.</summary>
    public static bool CanWriteNode(Authorizer access, NodeEntry? known, string name) =>
        access.Allows(AclResource.Node, name, AclAccess.Write) && (known is null || access.Allows(AclResource.Node, known.Node.Node, AclAccess.Write));

    /// <summary>Whether the node may be written that goes when one is put with its id.</summary>
    public static bool CanRename(Authorizer access, StoreRoot root, CatalogNode node) =>
        root.Catalog.FindRenamed(node) is not { } renamed || access.Allows(AclResource.Node, renamed.Node.Node, AclAccess.Write);

    /// <summary>Whether what stands under the id of a check may be changed.</summary>
    public static bool CanReplace(Authorizer access, NodeEntry? node, string checkId) =>
        node?.Checks.GetValueOrDefault(CatalogKey.Of(checkId)) is not { } known
        || (ServiceOf(node, known) is { Length: > 0 } service
            ? access.Allows(AclResource.Service, service, AclAccess.Write)
            : access.Allows(AclResource.Node, node.Node.Node, AclAccess.Write));

    /// <summary>The name of the service that a check is of; empty: of its node.</summary>
    // What the check says itself may be older.
    public static string ServiceOf(NodeEntry node, HealthCheck check) =>
        check.ServiceId.Length > 0 && node.Services.GetValueOrDefault(CatalogKey.Of(check.ServiceId)) is { } service ? service.Service : check.ServiceName;

    /// <summary>Null, or why not.</summary>
    public static string? FaultOf(Authorizer access, StoreRoot root, string node, string serviceId, string checkId)
    {
        // Who may write the node may take away what is on it.
        var known = root.Catalog.FindNode(node);
        if (CanWriteNode(access, known, node))
        {
            return null;
        }

        if (serviceId.Length > 0)
        {
            return known?.Services.GetValueOrDefault(CatalogKey.Of(serviceId)) is not { } service ? $"Unknown service '{serviceId}'"
                : access.Allows(AclResource.Service, service.Service, AclAccess.Write) ? null
                : AclDeniedException.Denied;
        }

        if (checkId.Length > 0)
        {
            return known?.Checks.GetValueOrDefault(CatalogKey.Of(checkId)) is not { } check ? $"Unknown check '{checkId}'"
                : ServiceOf(known, check) is { Length: > 0 } name && access.Allows(AclResource.Service, name, AclAccess.Write) ? null
                : AclDeniedException.Denied;
        }

        return AclDeniedException.Denied;
    }

    private static bool ChangesNode(CatalogNode known, CatalogNode wanted) =>
        (wanted.Id.Length > 0 && !string.Equals(known.Id, wanted.Id, StringComparison.OrdinalIgnoreCase))
        || known.Address != wanted.Address
        || known.Datacenter != wanted.Datacenter
        || !Same(known.TaggedAddresses, wanted.TaggedAddresses)
        || !Same(known.Meta, wanted.Meta);

    private static bool Same(IReadOnlyDictionary<string, string>? one, IReadOnlyDictionary<string, string>? other) =>
        (one?.Count ?? 0) == (other?.Count ?? 0) && (one ?? new Dictionary<string, string>()).All(pair => other!.TryGetValue(pair.Key, out var value) && value == pair.Value);
}
