using Rollcall.Agent.Store.Acl;

namespace Rollcall.Agent.Store.Commands;

/// <summary>Removes an auth method with its binding rules and all tokens that it gave; one that is not there is no error.</summary>
public sealed record DeleteAclAuthMethod(string Name) : Command<bool>
{
    /// <returns>Whether there was one.</returns>
    internal override bool Apply(StoreTransaction transaction)
    {
        if (transaction.Acl.FindAuthMethod(Name) is not { } method)
        {
            return false;
        }

        foreach (var rule in transaction.Acl.BindingRules.Rows.Values.Where(rule => rule.IsOf(method.Name)))
        {
            transaction.AclWriter.Delete(AclKinds.BindingRules, rule);
        }

        foreach (var token in transaction.Acl.Tokens.Rows.Values.Where(token => string.Equals(token.AuthMethod, method.Name, StringComparison.OrdinalIgnoreCase)))
        {
            transaction.AclWriter.Delete(AclKinds.Tokens, token);
        }

        transaction.AclWriter.Delete(AclKinds.AuthMethods, method);
        return true;
    }
}
