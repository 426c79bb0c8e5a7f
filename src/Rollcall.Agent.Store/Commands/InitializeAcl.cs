using Rollcall.Agent.Store.Acl;

namespace Rollcall.Agent.Store.Commands;

/// <summary>Adds what is always there: the policy that allows everything, the token of those who send none, and the master token of the configuration.</summary>
/// <param name="Management">The policy.</param>
/// <param name="Anonymous">The token.</param>
/// <param name="Master">The token; null: the configuration has none.</param>
public sealed record InitializeAcl(AclPolicy Management, AclToken Anonymous, AclToken? Master) : Command<bool>
{
    internal override bool Apply(StoreTransaction transaction)
    {
        if (!transaction.Acl.Policies.Rows.ContainsKey(Management.Id))
        {
            transaction.AclWriter.Put(AclKinds.Policies, Management);
        }

        if (Master is not null && !transaction.Acl.Tokens.Rows.ContainsKey(Master.SecretId))
        {
            transaction.AclWriter.Put(AclKinds.Tokens, Master);
            transaction.AclWriter.MarkBootstrapped();
        }

        if (!transaction.Acl.Tokens.Rows.ContainsKey(Anonymous.SecretId))
        {
            transaction.AclWriter.Put(AclKinds.Tokens, Anonymous);
        }

        return true;
    }

    /// <inheritdoc/>
    public override string ToString() => nameof(InitializeAcl);
}
