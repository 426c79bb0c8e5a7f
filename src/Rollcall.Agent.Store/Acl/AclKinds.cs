using Rollcall.Agent.Store.Durability;

namespace Rollcall.Agent.Store.Acl;

/// <summary>All kinds of what says who may do what.</summary>
public static class AclKinds
{
    public static readonly AclKind<AclToken> Tokens = new("token", StoreTable.AclToken, static state => state.Tokens, static (state, rows) => state with { Tokens = rows });

    public static readonly AclKind<AclPolicy> Policies = new("policy", StoreTable.AclPolicy, static state => state.Policies, static (state, rows) => state with { Policies = rows });

    public static readonly AclKind<AclRole> Roles = new("role", StoreTable.AclRole, static state => state.Roles, static (state, rows) => state with { Roles = rows });

    public static readonly AclKind<AclAuthMethod> AuthMethods =
        new("auth method", StoreTable.AclAuthMethod, static state => state.AuthMethods, static (state, rows) => state with { AuthMethods = rows });

    public static readonly AclKind<AclBindingRule> BindingRules =
        new("binding rule", StoreTable.AclBindingRule, static state => state.BindingRules, static (state, rows) => state with { BindingRules = rows })
        {
            Refusal = static (state, rule) => state.FindAuthMethod(rule.AuthMethod) is null ? $"cannot find auth method with name \"{rule.AuthMethod}\"" : null,
        };

    /// <summary>The rows of all records of a state.</summary>
    internal static IEnumerable<RowKey> KeysOf(AclState state) =>
        [.. Keys(Tokens, state), .. Keys(Policies, state), .. Keys(Roles, state), .. Keys(AuthMethods, state), .. Keys(BindingRules, state)];

    private static IEnumerable<RowKey> Keys<T>(AclKind<T> kind, AclState state)
        where T : AclRecord => kind.Rows(state).Rows.Keys.Select(key => new RowKey(kind.Table, key));
}
