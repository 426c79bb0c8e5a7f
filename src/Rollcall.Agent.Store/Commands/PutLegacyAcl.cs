using Rollcall.Agent.Store.Acl;

namespace Rollcall.Agent.Store.Commands;

/// <summary>Adds a token in the form of before Consul 1.4, or replaces the one with its secret, which has to be of that form.</summary>
/// <param name="Token">The token, with an accessor that it gets if it is new.</param>
public sealed record PutLegacyAcl(AclToken Token) : Command<string?>
{
    /// <returns>Why it is not kept, in Consul's words; null: it is.</returns>
    internal override string? Apply(StoreTransaction transaction)
    {
        if (transaction.Acl.Tokens.Find(Token.SecretId) is not { } known)
        {
            // One for management has the policy for it as well: that is what those see who know nothing of this form.
            var isManagement = Token.LegacyType == AclToken.LegacyManagement;
            transaction.AclWriter.Put(AclKinds.Tokens, isManagement ? Token with { PolicyIds = [AclPolicy.ManagementId] } : Token);
            return null;
        }

        if (known is { LegacyType: "" } or { PolicyIds.Count: > 0 } or { RoleIds.Count: > 0 } or { ServiceIdentities.Count: > 0 } or { NodeIdentities.Count: > 0 })
        {
            return "Cannot use legacy endpoint to modify a non-legacy token";
        }

        transaction.AclWriter.Put(AclKinds.Tokens, known with { Description = Token.Description, LegacyType = Token.LegacyType, Rules = Token.Rules });
        return null;
    }

    /// <inheritdoc/>
    public override string ToString() => $"{nameof(PutLegacyAcl)} {Token}";
}
