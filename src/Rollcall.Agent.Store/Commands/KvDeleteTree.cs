namespace Rollcall.Agent.Store.Commands;

/// <summary>Deletes every key that begins with a prefix; an empty prefix deletes all. Gives the number of keys deleted.</summary>
public sealed record KvDeleteTree(string Prefix) : Command<int>
{
    internal override int Apply(StoreTransaction transaction) => transaction.KvWriter.DeleteTree(Prefix);
}
