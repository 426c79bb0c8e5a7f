using Rollcall.Agent.Store.Acl;

namespace Rollcall.Agent.Store.Commands;

/// <summary>Removes the tokens whose time is over.</summary>
/// <param name="Now">The time by which that is judged.</param>
public sealed record ReapAclTokens(DateTimeOffset Now) : Command<bool>
{
    /// <returns>Whether there were any.</returns>
    internal override bool Apply(StoreTransaction transaction)
    {
        var expired = transaction.Acl.Tokens.Rows.Values.Where(token => token.IsExpired(Now)).ToList();
        foreach (var token in expired)
        {
            transaction.AclWriter.Delete(AclKinds.Tokens, token);
        }

        return expired.Count > 0;
    }
}
