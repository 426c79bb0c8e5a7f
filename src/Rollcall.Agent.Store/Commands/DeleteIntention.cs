using Rollcall.Agent.Store.Durability;
using Rollcall.Agent.Store.Sessions;
using Rollcall.Agent.Store.Watching;

namespace Rollcall.Agent.Store.Commands;

/// <summary>Takes an intention away.</summary>
/// <param name="Id">An id in which <see cref="SessionId.Defect"/> finds nothing.</param>
public sealed record DeleteIntention(string Id) : Command<string?>
{
    /// <returns>Null, or the reason why not, in Consul's words.</returns>
    internal override string? Apply(StoreTransaction transaction)
    {
        var key = SessionId.KeyOf(Id);
        var intentions = transaction.Records.Intentions;
        if (intentions.Find(key) is null)
        {
            return Missing(Id);
        }

        transaction.Records = transaction.Records with { Intentions = intentions.Remove(key, transaction.Index) };
        transaction.Touch(Topic.Intentions);
        transaction.Touch(new RowKey(StoreTable.Intention, key));
        return null;
    }

    /// <summary>What is said of an id that nothing is stored under.</summary>
    public static string Missing(string id) => $"Cannot delete non-existent intention: '{id}'";
}
