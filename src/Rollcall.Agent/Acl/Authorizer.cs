namespace Rollcall.Agent.Acl;

/// <summary>
/// What one token may do. The rule of exactly a name decides, else the one of its longest prefix, else the default. Immutable; safe for use by many threads.
/// </summary>
internal sealed class Authorizer
{
    /// <summary>Everything: there are no access rules, or the token is for management.</summary>
    public static readonly Authorizer All = new([], allowsByDefault: true) { IsUnrestricted = true };

    /// <summary>Nothing.</summary>
    public static readonly Authorizer None = new([], allowsByDefault: false);

    private readonly Dictionary<(AclResource Resource, string Name), AclAccess> _exact = [];
    private readonly Dictionary<AclResource, Dictionary<string, AclAccess>> _prefixes = [];
    private readonly bool _allowsByDefault;

    /// <param name="rules">Of two about the same the greater access counts, and denial most.</param>
    /// <param name="allowsByDefault">Whether what no rule is about is allowed.</param>
    public Authorizer(IEnumerable<AclRule> rules, bool allowsByDefault)
    {
        _allowsByDefault = allowsByDefault;
        foreach (var rule in rules)
        {
            if (!rule.IsPrefix)
            {
                _exact[(rule.Resource, rule.Name)] = Max(_exact.GetValueOrDefault((rule.Resource, rule.Name)), rule.Access);
                continue;
            }

            if (!_prefixes.TryGetValue(rule.Resource, out var prefixes))
            {
                _prefixes.Add(rule.Resource, prefixes = new(StringComparer.Ordinal));
            }

            prefixes[rule.Name] = Max(prefixes.GetValueOrDefault(rule.Name), rule.Access);
        }

        // Who may see a service may see what intentions there are about it, if no rule says something else of them.
        foreach (var ((_, name), access) in _exact.Where(static rule => rule.Key.Resource == AclResource.Service).ToList())
        {
            _exact.TryAdd((AclResource.Intention, name), access == AclAccess.Deny ? AclAccess.Deny : AclAccess.Read);
        }

        if (_prefixes.TryGetValue(AclResource.Service, out var services))
        {
            _prefixes.TryAdd(AclResource.Intention, new(StringComparer.Ordinal));
            foreach (var (name, access) in services)
            {
                _prefixes[AclResource.Intention].TryAdd(name, access == AclAccess.Deny ? AclAccess.Deny : AclAccess.Read);
            }
        }
    }

    /// <summary>Nothing is refused, so nothing has to be left out of lists.</summary>
    public bool IsUnrestricted { get; private init; }

    public bool Allows(AclResource resource, string name, AclAccess need) =>
        IsUnrestricted || (_exact.TryGetValue((resource, name), out var access) ? Grants(access, need) : AllowsPrefix(resource, name, need));

    public bool CanReadService(string name) => Allows(AclResource.Service, name, AclAccess.Read);

    public bool CanReadNode(string name) => Allows(AclResource.Node, name, AclAccess.Read);

    /// <summary>Whether it is allowed for whatever begins so: for the prefix, and no rule below it says otherwise.</summary>
    public bool AllowsAllBelow(AclResource resource, string prefix, AclAccess need) =>
        AllowsPrefix(resource, prefix, need)
        && !_exact.Any(rule => rule.Key.Resource == resource && rule.Key.Name.StartsWith(prefix, StringComparison.Ordinal) && !Grants(rule.Value, need))
        && !(_prefixes.GetValueOrDefault(resource)?.Any(rule => rule.Key.StartsWith(prefix, StringComparison.Ordinal) && !Grants(rule.Value, need)) ?? false);

    /// <summary>Those about all services may be seen by who may see any, and changed by whom no rule keeps from changing one.</summary>
    /// <param name="service">One of the two services; an asterisk for all.</param>
    /// <param name="need">To see or to change.</param>
    public bool AllowsIntention(string service, AclAccess need)
    {
        if (IsUnrestricted || service != "*")
        {
            return Allows(AclResource.Intention, service, need);
        }

        var prefixes = _prefixes.GetValueOrDefault(AclResource.Intention);
        var rules = _exact.Where(static rule => rule.Key.Resource == AclResource.Intention).Select(static rule => rule.Value).Concat(prefixes?.Values ?? Enumerable.Empty<AclAccess>());
        var ofAll = prefixes is not null && prefixes.TryGetValue("", out var access) ? Grants(access, need) : _allowsByDefault;
        return need == AclAccess.Read ? ofAll || rules.Any(rule => Grants(rule, need)) : ofAll && rules.All(rule => Grants(rule, need));
    }

    private bool AllowsPrefix(AclResource resource, string name, AclAccess need)
    {
        if (IsUnrestricted)
        {
            return true;
        }

        if (_prefixes.TryGetValue(resource, out var prefixes))
        {
            var lookup = prefixes.GetAlternateLookup<ReadOnlySpan<char>>();
            for (var length = name.Length; length >= 0; length--)
            {
                if (lookup.TryGetValue(name.AsSpan(0, length), out var access))
                {
                    return Grants(access, need);
                }
            }
        }

        // Who may do everything else may still not hand out tokens.
        return _allowsByDefault && resource != AclResource.Acl;
    }

    private static bool Grants(AclAccess access, AclAccess need) => access != AclAccess.Deny && access >= need;

    private static AclAccess Max(AclAccess one, AclAccess other) => one > other ? one : other;
}
