using Rollcall.Agent.Store.Durability;
using Rollcall.Agent.Store.Watching;

namespace Rollcall.Agent.Store.Acl;

/// <summary>The changes a command may make to tokens, policies and roles.</summary>
internal sealed class AclWriter(StoreTransaction transaction)
{
    private AclState State
    {
        get => transaction.Acl;
        set => transaction.Acl = value;
    }

    /// <summary>Adds a token, or replaces the one with its accessor and secret.</summary>
    public AclToken Put(AclToken token)
    {
        var created = State.Tokens.GetValueOrDefault(token.SecretId)?.CreateIndex ?? transaction.Index;
        token = token with { CreateIndex = created, ModifyIndex = transaction.Index };
        State = State with
        {
            Tokens = State.Tokens.SetItem(token.SecretId, token),
            Secrets = State.Secrets.SetItem(token.AccessorId, token.SecretId),
            TokensIndex = transaction.Index,
        };
        Touch(StoreTable.AclToken, token.SecretId, Topic.AclTokens);
        return token;
    }

    public void Delete(AclToken token)
    {
        State = State with
        {
            Tokens = State.Tokens.Remove(token.SecretId),
            Secrets = State.Secrets.Remove(token.AccessorId),
            TokensIndex = transaction.Index,
        };
        Touch(StoreTable.AclToken, token.SecretId, Topic.AclTokens);
    }

    public AclPolicy Put(AclPolicy policy)
    {
        var old = State.Policies.GetValueOrDefault(policy.Id);
        policy = policy with { CreateIndex = old?.CreateIndex ?? transaction.Index, ModifyIndex = transaction.Index };
        var names = old is null ? State.PolicyNames : State.PolicyNames.Remove(old.Name);
        State = State with
        {
            Policies = State.Policies.SetItem(policy.Id, policy),
            PolicyNames = names.SetItem(policy.Name, policy.Id),
            PoliciesIndex = transaction.Index,
        };
        Touch(StoreTable.AclPolicy, policy.Id, Topic.AclPolicies);
        return policy;
    }

    public void Delete(AclPolicy policy)
    {
        State = State with
        {
            Policies = State.Policies.Remove(policy.Id),
            PolicyNames = State.PolicyNames.Remove(policy.Name),
            PoliciesIndex = transaction.Index,
        };
        Touch(StoreTable.AclPolicy, policy.Id, Topic.AclPolicies);
    }

    public AclRole Put(AclRole role)
    {
        var old = State.Roles.GetValueOrDefault(role.Id);
        role = role with { CreateIndex = old?.CreateIndex ?? transaction.Index, ModifyIndex = transaction.Index };
        var names = old is null ? State.RoleNames : State.RoleNames.Remove(old.Name);
        State = State with
        {
            Roles = State.Roles.SetItem(role.Id, role),
            RoleNames = names.SetItem(role.Name, role.Id),
            RolesIndex = transaction.Index,
        };
        Touch(StoreTable.AclRole, role.Id, Topic.AclRoles);
        return role;
    }

    public void Delete(AclRole role)
    {
        State = State with
        {
            Roles = State.Roles.Remove(role.Id),
            RoleNames = State.RoleNames.Remove(role.Name),
            RolesIndex = transaction.Index,
        };
        Touch(StoreTable.AclRole, role.Id, Topic.AclRoles);
    }

    /// <summary>Notes that the first management token is made by this command.</summary>
    public void MarkBootstrapped()
    {
        State = State with { Bootstrap = new AclBootstrap(transaction.Index) };
        transaction.Touch(new RowKey(StoreTable.AclBootstrap, ""));
    }

    private void Touch(StoreTable table, string name, Topic topic)
    {
        transaction.Touch(topic);
        transaction.Touch(new RowKey(table, name));
    }
}
