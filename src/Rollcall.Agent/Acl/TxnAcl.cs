using System.Collections.Immutable;
using Rollcall.Agent.Store;
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
        KvOperation { Verb: "delete-tree" } kv => access.AllowsWritingAllBelow(kv.Key),
        KvOperation kv => access.Allows(AclResource.Key, kv.Key, AclAccess.Write),
        { Writes: false } => true,
        NodeOperation node => access.Allows(AclResource.Node, node.Node.Node, AclAccess.Write),
        ServiceOperation service => access.Allows(AclResource.Service, NameOf(root, service), AclAccess.Write),
        CheckOperation check => NameOf(root, check) is { Length: > 0 } service
            ? access.Allows(AclResource.Service, service, AclAccess.Write)
            : access.Allows(AclResource.Node, check.Target.Node, AclAccess.Write),
        _ => false,
    };

    private static string NameOf(StoreRoot root, ServiceOperation operation) => operation.Service.Service.Length > 0
        ? operation.Service.Service
        : root.Catalog.FindNode(operation.Node)?.Services.GetValueOrDefault(CatalogKey.Of(operation.Service.Id))?.Service ?? "";

    private static string NameOf(StoreRoot root, CheckOperation operation)
    {
        var node = root.Catalog.FindNode(operation.Target.Node);
        var id = operation.Target.ServiceId.Length > 0
            ? operation.Target.ServiceId
            : node?.Checks.GetValueOrDefault(CatalogKey.Of(operation.Target.CheckId))?.ServiceId ?? "";
        return node?.Services.GetValueOrDefault(CatalogKey.Of(id))?.Service ?? "";
    }
}
