using Rollcall.Agent.Store.Acl;

namespace Rollcall.Agent.Store.Commands;

/// <summary>Adds a token, or replaces the one with its accessor.</summary>
/// <param name="Token">The token, whole.</param>
/// <param name="IsNew">Whether accessor and secret must not be in use.</param>
public sealed record PutAclToken(AclToken Token, bool IsNew) : Command<(AclToken? Token, string? Fault)>
{
    /// <returns>The token as it is kept; or why it is not, in Consul's words.</returns>
    internal override (AclToken? Token, string? Fault) Apply(StoreTransaction transaction)
    {
        var known = transaction.Acl.FindToken(Token.AccessorId);
        return IsNew && known is not null ? (null, "Invalid Token: AccessorID is already in use")
            : IsNew && transaction.Acl.Tokens.Rows.ContainsKey(Token.SecretId) ? (null, "Invalid Token: SecretID is already in use")
            : !IsNew && known?.SecretId != Token.SecretId ? (null, $"Cannot find token \"{Token.AccessorId}\"")
            : (transaction.AclWriter.Put(AclKinds.Tokens, Token), null);
    }

    /// <inheritdoc/>
    public override string ToString() => $"{nameof(PutAclToken)} {Token}";
}
