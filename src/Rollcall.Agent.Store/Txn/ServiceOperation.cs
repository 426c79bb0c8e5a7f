using Rollcall.Agent.Store.Catalog;
using Rollcall.Consul.Wire;

namespace Rollcall.Agent.Store.Txn;

/// <summary>A step on a service of a node of the catalog.</summary>
public sealed record ServiceOperation(string Verb, string Node, NodeService Service) : TxnOperation(Verb)
{
    internal override string? Check(StoreTransaction transaction) =>
        !Writes ? null : Service is { Service.Length: 0, Id.Length: > 0 } ? "Must provide service name with ID" : CatalogRules.AddressFault(Service.Address);

    internal override string? Apply(StoreTransaction transaction, List<TxnResult> results)
    {
        var known = Find(transaction);
        var index = known?.ModifyIndex ?? 0;
        switch (Verb)
        {
            case Get when known is null:
                return $"service \"{Service.Id}\" on node \"{Node}\" doesn't exist";
            case Get:
                break;
            case Cas when index != Service.ModifyIndex:
                return $"failed to set service \"{Service.Id}\" on node \"{Node}\", index is stale";
            case Set or Cas when CatalogRules.MetadataFault(Node, Service) is { } fault:
                return fault;
            case Set or Cas when transaction.Catalog.FindNode(Node) is null:
                return "Missing node registration";
            case Set or Cas when Service.Id.Length == 0:
                return "failed inserting service: object missing primary index";
            case Set or Cas:
                transaction.CatalogWriter.PutService(Node, Service);
                break;
            case DeleteCas when known is null || index != Service.ModifyIndex:
                return $"failed to delete service \"{Service.Id}\" on node \"{Node}\", index is stale";
            case Delete or DeleteCas:
                transaction.CatalogWriter.DeleteService(Node, Service.Id);
                return null;
            default:
                return $"unknown Service verb \"{Verb}\"";
        }

        results.Add(new TxnResult(Service: Find(transaction)));
        return null;
    }

    private NodeService? Find(StoreTransaction transaction) =>
        transaction.Catalog.FindNode(Node)?.Services.GetValueOrDefault(CatalogKey.Of(Service.Id));
}
