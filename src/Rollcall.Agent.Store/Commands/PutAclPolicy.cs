using Rollcall.Agent.Store.Acl;

namespace Rollcall.Agent.Store.Commands;

/// <summary>Adds a policy, or replaces the one with its id.</summary>
public sealed record PutAclPolicy(AclPolicy Policy, bool IsNew) : Command<(AclPolicy? Policy, string? Fault)>
{
    /// <returns>The policy as it is kept; or why it is not, in Consul's words.</returns>
    internal override (AclPolicy? Policy, string? Fault) Apply(StoreTransaction transaction)
    {
        var named = transaction.Acl.FindPolicy(Policy.Name);
        return !IsNew && !transaction.Acl.Policies.ContainsKey(Policy.Id) ? (null, $"cannot find policy {Policy.Id}")
            : named is not null && named.Id != Policy.Id ? (null, $"Invalid Policy: A {(IsNew ? "Policy with Name" : "policy with name")} \"{Policy.Name}\" already exists")
            : (transaction.AclWriter.Put(Policy), null);
    }
}
