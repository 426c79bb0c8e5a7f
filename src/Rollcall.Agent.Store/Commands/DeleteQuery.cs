using Rollcall.Agent.Store.Durability;
using Rollcall.Agent.Store.Records;
using Rollcall.Agent.Store.Sessions;
using Rollcall.Agent.Store.Watching;

namespace Rollcall.Agent.Store.Commands;

/// <summary>Takes a prepared query away.</summary>
/// <param name="Id">An id in which <see cref="SessionId.Defect"/> finds nothing.</param>
public sealed record DeleteQuery(string Id) : Command<string?>
{
    /// <returns>Null, or the reason why not, in Consul's words.</returns>
    internal override string? Apply(StoreTransaction transaction) => Delete(transaction, SessionId.KeyOf(Id)) ? null : Missing(Id);

    internal static bool Delete(StoreTransaction transaction, string key)
    {
        if (transaction.Records.Queries.Find(key) is null)
        {
            return false;
        }

        transaction.Records = transaction.Records.RemoveQuery(key, transaction.Index);
        transaction.Touch(Topic.Queries);
        transaction.Touch(new RowKey(StoreTable.Query, key));
        return true;
    }

    /// <summary>Takes those away that were bound to a session.</summary>
    internal static void OfSession(StoreTransaction transaction, string sessionKey)
    {
        foreach (var key in transaction.Records.BoundQueries.GetValueOrDefault(sessionKey) ?? [])
        {
            Delete(transaction, key);
        }
    }

    internal static string Missing(string id) => $"Cannot modify non-existent prepared query: '{id}'";
}
