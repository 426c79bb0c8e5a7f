namespace Rollcall.Agent.Store.Commands;

/// <summary>Takes a node, or one of its services or checks, out of the catalog. What is not there is no error.</summary>
public sealed record DeregisterFromCatalog(string Node, string ServiceId, string CheckId) : Command<bool>
{
    internal override bool Apply(StoreTransaction transaction)
    {
        var writer = transaction.CatalogWriter;
        if (ServiceId.Length > 0)
        {
            writer.DeleteService(Node, ServiceId);
        }
        else if (CheckId.Length > 0)
        {
            writer.DeleteCheck(Node, CheckId);
        }
        else
        {
            writer.DeleteNode(Node);
        }

        return true;
    }
}
