using Rollcall.Consul.Wire;

namespace Rollcall.Agent.Store.Txn;

/// <summary>A step on a check of the catalog.</summary>
public sealed record CheckOperation(string Verb, HealthCheck Target) : TxnOperation(Verb)
{
    internal override string? Apply(StoreTransaction transaction, List<TxnResult> results)
    {
        var known = Find(transaction);
        var index = known?.ModifyIndex ?? 0;
        switch (Verb)
        {
            case Get when known is null:
                return $"check \"{Target.CheckId}\" on node \"{Target.Node}\" doesn't exist";
            case Get:
                break;
            case Cas when index != Target.ModifyIndex:
                return $"failed to set check \"{Target.CheckId}\" on node \"{Target.Node}\", index is stale";
            case Set or Cas when transaction.Catalog.FindNode(Target.Node) is null:
                return "Missing node registration";
            case Set or Cas when Target.CheckId.Length == 0:
                return "failed inserting check: object missing primary index";
            case Set or Cas:
                if (!transaction.CatalogWriter.PutCheck(Target))
                {
                    return "Missing service registration";
                }

                break;
            case DeleteCas when known is null || index != Target.ModifyIndex:
                return $"failed to delete check \"{Target.CheckId}\" on node \"{Target.Node}\", index is stale";
            case Delete or DeleteCas:
                transaction.CatalogWriter.DeleteCheck(Target.Node, Target.CheckId);
                return null;
            default:
                return $"unknown Check verb \"{Verb}\"";
        }

        results.Add(new TxnResult(Check: Find(transaction)));
        return null;
    }

    private HealthCheck? Find(StoreTransaction transaction) =>
        transaction.Catalog.FindNode(Target.Node)?.Checks.GetValueOrDefault(CatalogKey.Of(Target.CheckId));
}
