namespace Rollcall.Agent.Store.Acl;

/// <summary>Tokens, policies, roles, auth methods and binding rules. Immutable.</summary>
public sealed record AclState
{
    public static readonly AclState Empty = new();

    private AclState()
    {
    }

    /// <summary>By secret, which is also the order in which they are listed.</summary>
    public AclRows<AclToken> Tokens { get; init; } = AclRows<AclToken>.Empty;

    /// <summary>By id.</summary>
    public AclRows<AclPolicy> Policies { get; init; } = AclRows<AclPolicy>.Empty;

    /// <summary>By id.</summary>
    public AclRows<AclRole> Roles { get; init; } = AclRows<AclRole>.Empty;

    /// <summary>By name.</summary>
    public AclRows<AclAuthMethod> AuthMethods { get; init; } = AclRows<AclAuthMethod>.Empty;

    /// <summary>By id.</summary>
    public AclRows<AclBindingRule> BindingRules { get; init; } = AclRows<AclBindingRule>.Empty;

    /// <summary>Null until the first management token was made.</summary>
    public AclBootstrap? Bootstrap { get; init; }

    public AclToken? FindToken(string accessorId) => Tokens.FindAlias(accessorId);

    public AclPolicy? FindPolicy(string name) => Policies.FindAlias(name);

    public AclRole? FindRole(string name) => Roles.FindAlias(name);

    public AclAuthMethod? FindAuthMethod(string name) => AuthMethods.Find(AclAuthMethod.KeyOf(name));

    /// <summary>The state that is made of what a journal held.</summary>
    internal static AclState Load(List<AclRecord> records, AclBootstrap? bootstrap) => Empty with
    {
        Tokens = AclRows<AclToken>.Load([.. records.OfType<AclToken>()]),
        Policies = AclRows<AclPolicy>.Load([.. records.OfType<AclPolicy>()]),
        Roles = AclRows<AclRole>.Load([.. records.OfType<AclRole>()]),
        AuthMethods = AclRows<AclAuthMethod>.Load([.. records.OfType<AclAuthMethod>()]),
        BindingRules = AclRows<AclBindingRule>.Load([.. records.OfType<AclBindingRule>()]),
        Bootstrap = bootstrap,
    };

    /// <summary>The same at an index: what there was of each kind may have gone by then.</summary>
    internal AclState At(ulong index) => this with
    {
        Tokens = Tokens with { Index = index },
        Policies = Policies with { Index = index },
        Roles = Roles with { Index = index },
        AuthMethods = AuthMethods with { Index = index },
        BindingRules = BindingRules with { Index = index },
    };
}
