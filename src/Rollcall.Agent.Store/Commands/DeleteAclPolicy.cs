namespace Rollcall.Agent.Store.Commands;

/// <summary>Removes a policy; one that is not there is no error. Tokens and roles that have it lose it.</summary>
public sealed record DeleteAclPolicy(string Id) : Command<bool>
{
    /// <returns>Whether there was one.</returns>
    internal override bool Apply(StoreTransaction transaction)
    {
        if (!transaction.Acl.Policies.TryGetValue(Id, out var policy))
        {
            return false;
        }

        transaction.AclWriter.Delete(policy);
        return true;
    }
}
