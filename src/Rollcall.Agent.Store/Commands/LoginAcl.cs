using Rollcall.Agent.Store.Acl;

namespace Rollcall.Agent.Store.Commands;

/// <summary>Adds the token of somebody who logged in, as long as there is the auth method that he did it by.</summary>
public sealed record LoginAcl(AclToken Token) : Command<(AclToken? Token, string? Fault)>
{
    /// <returns>The token as it is kept; or why it is not, in Consul's words.</returns>
    internal override (AclToken? Token, string? Fault) Apply(StoreTransaction transaction) => transaction.Acl.FindAuthMethod(Token.AuthMethod) is null
        ? (null, "ACL not found")
        : (transaction.AclWriter.Put(AclKinds.Tokens, Token), null);

    /// <inheritdoc/>
    public override string ToString() => $"{nameof(LoginAcl)} {Token}";
}
