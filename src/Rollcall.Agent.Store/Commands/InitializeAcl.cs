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
        if (!transaction.Acl.Policies.ContainsKey(Management.Id))
        {
            transaction.AclWriter.Put(Management);
        }

        if (Master is not null && !transaction.Acl.Tokens.ContainsKey(Master.SecretId))
        {
            transaction.AclWriter.Put(Master);
            transaction.AclWriter.MarkBootstrapped();
        }

        if (!transaction.Acl.Tokens.ContainsKey(Anonymous.SecretId))
        {
            transaction.AclWriter.Put(Anonymous);
        }

        return true;
    }

    /// <inheritdoc/>
    public override string ToString() => nameof(InitializeAcl);
}
