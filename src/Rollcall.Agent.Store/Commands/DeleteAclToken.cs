using Rollcall.Agent.Store.Acl;

namespace Rollcall.Agent.Store.Commands;

/// <summary>Removes a token; one that is not there is no error.</summary>
public sealed record DeleteAclToken(string AccessorId) : Command<bool>
{
    /// <returns>Whether there was one.</returns>
    internal override bool Apply(StoreTransaction transaction)
    {
        if (transaction.Acl.FindToken(AccessorId) is not { } token)
        {
            return false;
        }

        transaction.AclWriter.Delete(AclKinds.Tokens, token);
        return true;
    }
}
