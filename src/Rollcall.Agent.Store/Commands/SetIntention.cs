using Rollcall.Agent.Store.Durability;
using Rollcall.Agent.Store.Records;
using Rollcall.Agent.Store.Sessions;
using Rollcall.Agent.Store.Watching;

namespace Rollcall.Agent.Store.Commands;

/// <summary>Stores an intention under the id it carries.</summary>
/// <param name="Intention">The intention.</param>
/// <param name="Create">It is new; else it has to be there.</param>
public sealed record SetIntention(Intention Intention, bool Create) : Command<string?>
{
    /// <returns>Null, or the reason why not, in Consul's words.</returns>
    internal override string? Apply(StoreTransaction transaction)
    {
        var intentions = transaction.Records.Intentions;
        var old = IntentionLookup.ById(intentions, Intention.Id);
        if (old is null && !Create)
        {
            return Missing(Intention.Id);
        }

        if (IntentionLookup.Other(intentions, Intention) is { } other)
        {
            return $"duplicate intention found: {other}";
        }

        var key = SessionId.KeyOf(Intention.Id);
        var intention = Intention with
        {
            CreatedAt = old?.CreatedAt ?? Intention.CreatedAt,
            CreateIndex = old?.CreateIndex ?? transaction.Index,
            ModifyIndex = transaction.Index,
        };
        transaction.Records = transaction.Records with { Intentions = intentions.Put(key, intention, transaction.Index) };
        transaction.Touch(Topic.Intentions);
        transaction.Touch(new RowKey(StoreTable.Intention, key));
        return null;
    }

    /// <summary>What is said of an id that nothing is stored under.</summary>
    public static string Missing(string id) => $"Cannot modify non-existent intention: '{id}'";
}
