using Rollcall.Agent.Store.Acl;

namespace Rollcall.Agent.Store.Commands;

/// <summary>Adds a role, or replaces the one with its id.</summary>
public sealed record PutAclRole(AclRole Role, bool IsNew) : Command<(AclRole? Role, string? Fault)>
{
    /// <returns>The role as it is kept; or why it is not, in Consul's words.</returns>
    internal override (AclRole? Role, string? Fault) Apply(StoreTransaction transaction)
    {
        var named = transaction.Acl.FindRole(Role.Name);
        return !IsNew && !transaction.Acl.Roles.ContainsKey(Role.Id) ? (null, $"cannot find role {Role.Id}")
            : named is not null && named.Id != Role.Id ? (null, $"Invalid Role: A {(IsNew ? "Role with Name" : "role with name")} \"{Role.Name}\" already exists")
            : (transaction.AclWriter.Put(Role), null);
    }
}
