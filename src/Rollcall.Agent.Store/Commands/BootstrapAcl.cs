using Rollcall.Agent.Store.Acl;

namespace Rollcall.Agent.Store.Commands;

/// <summary>Makes the first management token, once.</summary>
/// <param name="Token">The token.</param>
/// <param name="ResetIndex">Do it again, if the last time was at this commit; null: only the first time.</param>
public sealed record BootstrapAcl(AclToken Token, ulong? ResetIndex) : Command<(AclToken? Token, ulong? UsedAt)>
{
    /// <returns>The token; or when it was done before.</returns>
    internal override (AclToken? Token, ulong? UsedAt) Apply(StoreTransaction transaction)
    {
        if (transaction.Acl.Bootstrap is { } before && before.Index != ResetIndex)
        {
            return (null, before.Index);
        }

        transaction.AclWriter.MarkBootstrapped();
        return (transaction.AclWriter.Put(AclKinds.Tokens, Token), null);
    }

    /// <inheritdoc/>
    public override string ToString() => $"{nameof(BootstrapAcl)} {Token}";
}
