using Rollcall.Agent.Store.Catalog;
using Rollcall.Consul.Wire;

namespace Rollcall.Agent.Store.Txn;

/// <summary>A step on a node of the catalog.</summary>
public sealed record NodeOperation(string Verb, CatalogNode Node) : TxnOperation(Verb)
{
    private string? IdFault =>
        Node.Id.Length == 0 ? null
        : Node.Id.Length != 36 ? "uuid string is wrong length"
        : !Guid.TryParseExact(Node.Id, "D", out _) ? "uuid is improperly formatted"
        : null;

    internal override string? Check(StoreTransaction transaction) =>
        Verb == Get ? null
        : Node.Node.Length == 0 ? "Must provide node"
        : IdFault is { } fault ? $"Bad node ID: {fault}"
        : null;

    internal override string? Apply(StoreTransaction transaction, List<TxnResult> results)
    {
        var known = transaction.Catalog.FindNode(Node.Node);
        var index = known?.Node.ModifyIndex ?? 0;
        switch (Verb)
        {
            case Get when IdFault is { } fault:
                return $"node lookup by ID failed, wrong UUID: {fault} for '{Node.Id}'";
            case Get when Find(transaction) is null:
                return $"node \"{Node.Node}\" doesn't exist";
            case Get:
                break;
            case Cas when index != Node.ModifyIndex:
                return $"failed to set node \"{Node.Node}\", index is stale";
            case Set or Cas when transaction.CatalogWriter.NameFault(Node) is { } reserved:
                return reserved;
            case Set or Cas:
                transaction.CatalogWriter.PutNode(Node.Id.Length == 0 && known is not null ? Node with { Id = known.Node.Id } : Node);
                break;
            case DeleteCas when known is null || index != Node.ModifyIndex:
                return $"failed to delete node \"{Node.Node}\", index is stale";
            case Delete or DeleteCas:
                transaction.CatalogWriter.DeleteNode(Node.Node);
                return null;
            default:
                return $"unknown Node verb \"{Verb}\"";
        }

        results.Add(new TxnResult(Node: Find(transaction)!.Node));
        return null;
    }

    // An id counts more than a name.
    private NodeEntry? Find(StoreTransaction transaction) =>
        Node.Id.Length > 0 ? transaction.Catalog.FindNodeById(Node.Id) : transaction.Catalog.FindNode(Node.Node);
}
