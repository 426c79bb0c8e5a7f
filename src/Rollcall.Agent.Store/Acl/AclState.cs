using System.Collections.Immutable;

namespace Rollcall.Agent.Store.Acl;

/// <summary>Tokens, policies and roles. Immutable.</summary>
public sealed record AclState
{
    public static readonly AclState Empty = new();

    private AclState()
    {
    }

    /// <summary>By secret, which is also the order in which they are listed.</summary>
    public ImmutableSortedDictionary<string, AclToken> Tokens { get; init; } = Sorted.Empty<AclToken>();

    /// <summary>By id.</summary>
    public ImmutableSortedDictionary<string, AclPolicy> Policies { get; init; } = Sorted.Empty<AclPolicy>();

    /// <summary>By id.</summary>
    public ImmutableSortedDictionary<string, AclRole> Roles { get; init; } = Sorted.Empty<AclRole>();

    /// <summary>Null until the first management token was made.</summary>
    public AclBootstrap? Bootstrap { get; init; }

    /// <summary>Last commit that changed a token.</summary>
    public ulong TokensIndex { get; init; }

    /// <summary>Last commit that changed a policy.</summary>
    public ulong PoliciesIndex { get; init; }

    /// <summary>Last commit that changed a role.</summary>
    public ulong RolesIndex { get; init; }

    /// <summary>Secrets by accessor.</summary>
    internal ImmutableDictionary<string, string> Secrets { get; init; } = ImmutableDictionary.Create<string, string>(StringComparer.Ordinal);

    /// <summary>Ids of policies by name.</summary>
    internal ImmutableDictionary<string, string> PolicyNames { get; init; } = ImmutableDictionary.Create<string, string>(StringComparer.OrdinalIgnoreCase);

    /// <summary>Ids of roles by name.</summary>
    internal ImmutableDictionary<string, string> RoleNames { get; init; } = ImmutableDictionary.Create<string, string>(StringComparer.OrdinalIgnoreCase);

    public AclToken? FindToken(string accessorId) => Secrets.TryGetValue(accessorId.ToLowerInvariant(), out var secret) ? Tokens[secret] : null;

    public AclPolicy? FindPolicy(string name) => PolicyNames.TryGetValue(name, out var id) ? Policies[id] : null;

    public AclRole? FindRole(string name) => RoleNames.TryGetValue(name, out var id) ? Roles[id] : null;

    /// <summary>The state that is made of what a journal held.</summary>
    // A snapshot that somebody made may have one name twice: then the last counts.
    internal static AclState Load(List<AclToken> tokens, List<AclPolicy> policies, List<AclRole> roles, AclBootstrap? bootstrap, ulong index) => Empty with
    {
        Tokens = Empty.Tokens.AddRange(tokens.Select(static token => KeyValuePair.Create(token.SecretId, token))),
        Policies = Empty.Policies.AddRange(policies.Select(static policy => KeyValuePair.Create(policy.Id, policy))),
        Roles = Empty.Roles.AddRange(roles.Select(static role => KeyValuePair.Create(role.Id, role))),
        Secrets = Empty.Secrets.SetItems(tokens.Select(static token => KeyValuePair.Create(token.AccessorId, token.SecretId))),
        PolicyNames = Empty.PolicyNames.SetItems(policies.Select(static policy => KeyValuePair.Create(policy.Name, policy.Id))),
        RoleNames = Empty.RoleNames.SetItems(roles.Select(static role => KeyValuePair.Create(role.Name, role.Id))),
        Bootstrap = bootstrap,
        TokensIndex = tokens.Count == 0 ? 0 : index,
        PoliciesIndex = policies.Count == 0 ? 0 : index,
        RolesIndex = roles.Count == 0 ? 0 : index,
    };
}
