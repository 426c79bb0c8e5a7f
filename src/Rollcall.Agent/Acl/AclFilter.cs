using Rollcall.Agent.Store.Catalog;
using Rollcall.Consul.Wire;

namespace Rollcall.Agent.Acl;

/// <summary>What of the catalog's lists a token may see.</summary>
internal static class AclFilter
{
    /// <summary>A selection without what may not be seen.</summary>
    public static Func<T, bool> Narrow<T>(Authorizer access, Func<T, bool> matches) =>
        access.IsUnrestricted ? matches : item => matches(item) && Sees(access, item!);

    /// <summary>Whether something of the catalog may be seen.</summary>
    public static bool Sees(Authorizer access, object item) => item switch
    {
        CatalogNode node => access.CanReadNode(node.Node),
        NodeEntry entry => access.CanReadNode(entry.Node.Node),
        NodeService service => access.CanReadService(service.Service),
        HealthCheck check => access.CanReadNode(check.Node) && (check.ServiceName.Length == 0 || access.CanReadService(check.ServiceName)),
        ServiceInstance instance => access.CanReadNode(instance.Node.Node) && access.CanReadService(instance.Service.Service),
        _ => throw new InvalidOperationException($"Nothing says who may see a {item.GetType().Name}."),
    };
}
