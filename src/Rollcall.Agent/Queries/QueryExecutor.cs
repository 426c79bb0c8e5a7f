using Rollcall.Agent.Acl;
using Rollcall.Agent.Store;
using Rollcall.Agent.Store.Catalog;
using Rollcall.Agent.Store.Records;
using Rollcall.Agent.Store.Sessions;
using Rollcall.Consul.Wire;

namespace Rollcall.Agent.Queries;

/// <summary>Finds prepared queries and runs them. Safe for use by many threads.</summary>
/// <param name="node">The name of the agent's node.</param>
/// <param name="random">Thread safe.</param>
internal sealed class QueryExecutor(string node, Random random)
{
    /// <summary>Stands for the agent's node where a node is named to sort by.</summary>
    public const string OwnNode = "_agent";

    // Where Consul looks for the node that is asked from.
    private const int NearestLooks = 10;

    /// <summary>The query for an id or name, made for the name if it is a template. Null: there is none.</summary>
    public static PreparedQuery? Resolve(StoreRoot root, string idOrName, out string? fault)
    {
        fault = null;
        return QueryLookup.Resolve(root.Records.Queries, idOrName) is { } query ? Render(query, idOrName, out fault) : null;
    }

    /// <summary>The query that was found for an id or name, made for the name if it is a template.</summary>
    public static PreparedQuery Render(PreparedQuery query, string idOrName, out string? fault)
    {
        fault = null;
        if (!query.IsTemplate)
        {
            return query;
        }

        if (SessionId.Defect(idOrName) is null && SessionId.KeyOf(idOrName) == SessionId.KeyOf(query.Id))
        {
            fault = "prepared query templates can only be resolved up by name, not by ID";
            return query;
        }

        fault = QueryTemplate.Compile(query, out var template) ?? template!.Render(idOrName, out query);
        return query;
    }

    /// <summary>The instances that a query is for, in random order or by distance.</summary>
    /// <param name="root">The state to look in.</param>
    /// <param name="query">The query; no template.</param>
    /// <param name="near">The node to sort by distance to, in place of the query's own; empty: the query's.</param>
    /// <param name="limit">How many at most; 0 or less: all.</param>
    /// <param name="access">What may be seen. Of the rest nothing may count, not even towards the limit.</param>
    public IReadOnlyList<ServiceInstance> Execute(StoreRoot root, PreparedQuery query, string near, int limit, Authorizer access)
    {
        var entry = query.Connect ? root.Catalog.FindConnected(query.Service) : root.Catalog.FindService(query.Service);
        var instances = (entry?.Instances.Values ?? [])
            .Where(AclFilter.Narrow<ServiceInstance>(access, instance => Matches(query, instance)))
            .ToArray();
        random.Shuffle(instances);
        near = near.Length > 0 ? near : query.Near;
        near = near == OwnNode ? node : near;
        if (near.Length > 0)
        {
            instances = [.. NodeDistances.Sort(root, near, instances, static instance => instance.Node.Node)];
            var first = Array.FindIndex(instances, 0, Math.Min(instances.Length, NearestLooks), instance => instance.Node.Node == near);
            if (first > 0)
            {
                (instances[0], instances[first]) = (instances[first], instances[0]);
            }
        }

        return limit > 0 && limit < instances.Length ? instances[..limit] : instances;
    }

    private static bool Matches(PreparedQuery query, ServiceInstance instance) =>
        instance.NodeChecks.Values.Concat(instance.Checks.Values).All(check => IsHealthy(query, check))
        && HasAll(query.NodeMeta, instance.Node.Meta)
        && HasAll(query.ServiceMeta, instance.Service.Meta)
        && (query.Tags ?? []).All(tag => HasTag(instance, tag));

    private static bool IsHealthy(PreparedQuery query, HealthCheck check) =>
        query.IgnoreCheckIds?.Contains(check.CheckId) == true
        || check.Status == CheckStatus.Passing
        || (check.Status != CheckStatus.Critical && !query.OnlyPassing);

    private static bool HasAll(IReadOnlyDictionary<string, string>? wanted, IReadOnlyDictionary<string, string>? meta) =>
        wanted?.All(pair => meta is not null && meta.TryGetValue(pair.Key, out var value) && value == pair.Value) != false;

    // An exclamation mark excludes.
    private static bool HasTag(ServiceInstance instance, string tag)
    {
        var has = instance.Service.Tags?.Contains(tag.TrimStart('!'), StringComparer.OrdinalIgnoreCase) == true;
        return tag.StartsWith('!') ? !has : has;
    }
}
