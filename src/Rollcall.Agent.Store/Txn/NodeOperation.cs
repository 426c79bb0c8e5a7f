using Rollcall.Consul.Wire;

namespace Rollcall.Agent.Store.Txn;

/// <summary>A step on a node of the catalog.</summary>
public sealed record NodeOperation(string Verb, CatalogNode Node) : TxnOperation(Verb)
{
    internal override string? Check(StoreTransaction transaction) =>
        Node.Node.Length == 0 ? "Must provide node"
        : Node.Id.Length > 0 && Node.Id.Length != 36 ? "Bad node ID: uuid string is wrong length"
        : Node.Id.Length > 0 && !Guid.TryParseExact(Node.Id, "D", out _) ? "Bad node ID: uuid is improperly formatted"
        : null;

    internal override string? Apply(StoreTransaction transaction, List<TxnResult> results)
    {
        var known = transaction.Catalog.FindNode(Node.Node);
        var index = known?.Node.ModifyIndex ?? 0;
        switch (Verb)
        {
            case Get when known is null:
                return $"node \"{Node.Node}\" doesn't exist";
            case Get:
                break;
            case Cas when index != Node.ModifyIndex:
                return $"failed to set node \"{Node.Node}\", index is stale";
            case Set or Cas:
                transaction.CatalogWriter.PutNode(Node.Id.Length == 0 && known is not null ? Node with { Id = known.Node.Id } : Node);
                break;
            case DeleteCas when index != Node.ModifyIndex:
                return $"failed to delete node \"{Node.Node}\", index is stale";
            case Delete or DeleteCas:
                transaction.CatalogWriter.DeleteNode(Node.Node);
                return null;
            default:
                return $"unknown Node verb \"{Verb}\"";
        }

        results.Add(new TxnResult(Node: transaction.Catalog.FindNode(Node.Node)!.Node));
        return null;
    }
}
