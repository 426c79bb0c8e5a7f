using Rollcall.Agent.Http.Decoding;
using Rollcall.Agent.Store.Acl;

namespace Rollcall.Agent.Acl;

/// <summary>Turns what a client writes of a token or role into what is kept of it, or says what is wrong, in Consul's words.</summary>
internal static class AclLinks
{
    /// <summary>Ids of policies that were named by id or, without one, by name.</summary>
    public static IReadOnlyList<string> Policies(AclState state, IEnumerable<AclLinkBody> links, ref string? fault) =>
        Ids(links, "policy", name => state.FindPolicy(name)?.Id, state.Policies.Rows.ContainsKey, ref fault);

    /// <summary>Ids of roles that were named by id or, without one, by name.</summary>
    public static IReadOnlyList<string> Roles(AclState state, IEnumerable<AclLinkBody> links, ref string? fault) =>
        Ids(links, "role", name => state.FindRole(name)?.Id, state.Roles.Rows.ContainsKey, ref fault);

    public static IReadOnlyList<AclServiceIdentity> Services(IEnumerable<AclIdentityBody> identities, string of, bool local, ref string? fault)
    {
        var result = new List<AclServiceIdentity>();
        foreach (var identity in identities)
        {
            fault ??= identity.Name.Length == 0 ? $"Service identity is missing the service name field on this {of}"
                : local && identity.Datacenters is { Count: > 0 } ? $"Service identity \"{identity.Name}\" cannot specify a list of datacenters on a local token"
                : !AclNames.IsIdentity(identity.Name) ? $"Service identity \"{identity.Name}\" has an invalid name. Only alphanumeric characters, '-' and '_' are allowed"
                : null;
            var wanted = new AclServiceIdentity(identity.Name, identity.Datacenters is { Count: > 0 } datacenters ? datacenters : null);
            var at = result.FindIndex(known => known.ServiceName == wanted.ServiceName);
            if (at < 0)
            {
                result.Add(wanted);
            }
            else
            {
                // Valid wherever either is.
                result[at] = wanted with { Datacenters = Union(result[at].Datacenters, wanted.Datacenters) };
            }
        }

        return [.. result.OrderBy(static identity => identity.ServiceName, StringComparer.Ordinal)];
    }

    public static IReadOnlyList<AclNodeIdentity> Nodes(IEnumerable<AclIdentityBody> identities, string of, ref string? fault)
    {
        var result = new List<AclNodeIdentity>();
        foreach (var identity in identities)
        {
            fault ??= identity.Name.Length == 0 ? $"Node identity is missing the node name field on this {of}"
                : identity.Datacenter.Length == 0 ? $"Node identity is missing the datacenter field on this {of}"
                : !AclNames.IsIdentity(identity.Name) ? "Node identity has an invalid name. Only alphanumeric characters, '-' and '_' are allowed"
                : null;
            var node = new AclNodeIdentity(identity.Name, identity.Datacenter);
            if (!result.Contains(node))
            {
                result.Add(node);
            }
        }

        return [.. result.OrderBy(static node => node.NodeName, StringComparer.Ordinal).ThenBy(static node => node.Datacenter, StringComparer.Ordinal)];
    }

    // None are all.
    private static List<string>? Union(IReadOnlyList<string>? one, IReadOnlyList<string>? other) =>
        one is null || other is null ? null : [.. one.Union(other, StringComparer.Ordinal).Order(StringComparer.Ordinal)];

    private static List<string> Ids(IEnumerable<AclLinkBody> links, string what, Func<string, string?> find, Func<string, bool> exists, ref string? fault)
    {
        var ids = new List<string>();
        foreach (var link in links)
        {
            // The id first: the name beside it may be that of something else by now.
            var byId = link.Id.Length > 0;
            var given = link.Id.ToLowerInvariant();
            var id = !byId ? find(link.Name) : exists(given) ? given : null;
            if (id is null)
            {
                fault ??= byId ? $"No such ACL {what} with ID \"{link.Id}\"" : $"No such ACL {what} with name \"{link.Name}\"";
            }
            else if (!ids.Contains(id))
            {
                ids.Add(id);
            }
        }

        return ids;
    }
}
