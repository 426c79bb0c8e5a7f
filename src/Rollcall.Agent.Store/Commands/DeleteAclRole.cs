namespace Rollcall.Agent.Store.Commands;

/// <summary>Removes a role; one that is not there is no error. Tokens that have it lose it.</summary>
public sealed record DeleteAclRole(string Id) : Command<bool>
{
    /// <returns>Whether there was one.</returns>
    internal override bool Apply(StoreTransaction transaction)
    {
        if (!transaction.Acl.Roles.TryGetValue(Id, out var role))
        {
            return false;
        }

        transaction.AclWriter.Delete(role);
        return true;
    }
}
