using System.Collections.Immutable;
using Rollcall.Agent.Store;
using Rollcall.Agent.Store.Catalog;
using Rollcall.Agent.Store.Txn;

namespace Rollcall.Agent.Acl;

/// <summary>What of a transaction a token may do and see.</summary>
internal static class TxnAcl
{
    /// <summary>A fault for each step that may not be done. Reading is no fault: what may not be seen is left out of the results.</summary>
    public static ImmutableArray<TxnFault> Vet(Authorizer access, StoreRoot root, List<TxnOperation> operations) => access.IsUnrestricted
        ? []
        : [.. operations.Select((operation, i) => (operation, i)).Where(step => !Allows(access, root, step.operation)).Select(static step => new TxnFault(step.i, AclDeniedException.Denied))];

    public static ImmutableArray<TxnResult> Narrow(Authorizer access, ImmutableArray<TxnResult> results) => access.IsUnrestricted
        ? results
        : [.. results.Where(result =>
            result.Kv is { } pair ? access.Allows(AclResource.Key, pair.Key, AclAccess.Read)
            : result.Node is { } node ? access.CanReadNode(node.Node)
            : result.Service is { } service ? access.CanReadService(service.Service)
            : result.Check is not { } check || (access.CanReadNode(check.Node) && (check.ServiceName.Length == 0 || access.CanReadService(check.ServiceName))))];

    private static bool Allows(Authorizer access, StoreRoot root, TxnOperation operation) => operation switch
    {
        // What these say depends on the key.
        KvOperation { Verb: "check-session" or "check-index" } kv => access.Allows(AclResource.Key, kv.Key, AclAccess.Read),
        KvOperation { Verb: "get" or "get-tree" } => true,
        KvOperation { Verb: "delete-tree" } kv => access.AllowsAllBelow(AclResource.Key, kv.Key, AclAccess.Write),
        KvOperation kv => access.Allows(AclResource.Key, kv.Key, AclAccess.Write),
        { Writes: false } => true,
        NodeOperation node => CatalogAcl.CanWriteNode(access, root.Catalog.FindNode(node.Node.Node), node.Node.Node)
            && (node.Verb is not ("set" or "cas") || CatalogAcl.CanRename(access, root, node.Node)),
        ServiceOperation service => Allows(access, root.Catalog.FindNode(service.Node), service),
        CheckOperation check => Allows(access, root.Catalog.FindNode(check.Target.Node), check),
        _ => false,
    };

    // Steps name by id what they change, so what stands there counts besides what they say it is.
    private static bool Allows(Authorizer access, NodeEntry? node, ServiceOperation operation)
    {
        var known = node?.Services.GetValueOrDefault(CatalogKey.Of(operation.Service.Id))?.Service;
        var claimed = operation.Service.Service.Length > 0 ? operation.Service.Service : known ?? "";
        return access.Allows(AclResource.Service, claimed, AclAccess.Write) && (known is null || access.Allows(AclResource.Service, known, AclAccess.Write));
    }

    private static bool Allows(Authorizer access, NodeEntry? node, CheckOperation operation)
    {
        // A check that is set without a service becomes the node's. Who takes one away need not say whose it is.
        var target = operation.Target;
        var id = target.ServiceId.Length > 0 || operation.Verb is "set" or "cas" ? target.ServiceId : node?.Checks.GetValueOrDefault(CatalogKey.Of(target.CheckId))?.ServiceId ?? "";
        var claimed = node?.Services.GetValueOrDefault(CatalogKey.Of(id))?.Service ?? "";
        var allowed = claimed.Length > 0
            ? access.Allows(AclResource.Service, claimed, AclAccess.Write)
            : access.Allows(AclResource.Node, target.Node, AclAccess.Write);
        return allowed && CatalogAcl.CanReplace(access, node, target.CheckId);
    }
}
