using Rollcall.Agent.Store.Catalog;
using Rollcall.Consul.Wire;

namespace Rollcall.Agent.Acl;

/// <summary>What of the catalog's lists a token may see.</summary>
internal static class AclFilter
{
    /// <summary>A selection without what may not be seen. Nothing else is asked of that, or the time it takes would tell of it.</summary>
    public static Func<T, bool> Narrow<T>(Authorizer access, Func<T, bool> matches) =>
        access.IsUnrestricted ? matches : item => Sees(access, item!) && matches(item);

    /// <summary>The same of the agent's own checks: unlike in the catalog, one of a service is anybody's who may read the service.</summary>
    public static Func<HealthCheck, bool> NarrowLocal(Authorizer access, Func<HealthCheck, bool> matches) => access.IsUnrestricted
        ? matches
        : check => (check.ServiceName.Length > 0 ? access.CanReadService(check.ServiceName) : access.CanReadNode(check.Node)) && matches(check);

    /// <summary>A node that may be seen, without what of it may not be.</summary>
    public static NodeEntry Narrow(Authorizer access, NodeEntry entry)
    {
        return access.IsUnrestricted
            ? entry
            : entry with
            {
                Services = entry.Services.RemoveRange(entry.Services.Where(pair => !Sees(access, pair.Value)).Select(Key)),
                Checks = entry.Checks.RemoveRange(entry.Checks.Where(pair => !Sees(access, pair.Value)).Select(Key)),
            };

        static string Key<T>(KeyValuePair<string, T> pair) => pair.Key;
    }

    /// <summary>Whether something of the catalog may be seen.</summary>
    private static bool Sees(Authorizer access, object item) => item switch
    {
        CatalogNode node => access.CanReadNode(node.Node),
        NodeEntry entry => access.CanReadNode(entry.Node.Node),
        NodeService service => access.CanReadService(service.Service),
        HealthCheck check => access.CanReadNode(check.Node) && (check.ServiceName.Length == 0 || access.CanReadService(check.ServiceName)),
        ServiceInstance instance => access.CanReadNode(instance.Node.Node) && access.CanReadService(instance.Service.Service),
        _ => throw new InvalidOperationException($"Nothing says who may see a {item.GetType().Name}."),
    };
}
