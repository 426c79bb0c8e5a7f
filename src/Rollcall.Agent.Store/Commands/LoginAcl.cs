using Rollcall.Agent.Store.Acl;

namespace Rollcall.Agent.Store.Commands;

/// <summary>Adds the token of somebody who logged in, as long as the auth method that he did it by is as it was: who he is may have been found out by keys that no longer count.</summary>
/// <param name="Token">The token.</param>
/// <param name="Method">The method that believed him.</param>
public sealed record LoginAcl(AclToken Token, AclAuthMethod Method) : Command<(AclToken? Token, string? Fault)>
{
    /// <returns>The token as it is kept; or why it is not.</returns>
    internal override (AclToken? Token, string? Fault) Apply(StoreTransaction transaction) => transaction.Acl.FindAuthMethod(Method.Name) is not { } method
        ? (null, "ACL not found")
        : method != Method ? (null, $"auth method \"{Method.Name}\" was changed during the login: log in again")
        : (transaction.AclWriter.Put(AclKinds.Tokens, Token), null);

    /// <inheritdoc/>
    public override string ToString() => $"{nameof(LoginAcl)} {Token}";
}
