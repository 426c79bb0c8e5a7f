using System.Collections.Immutable;
using Rollcall.Consul.Wire;

namespace Rollcall.Agent.Store.Catalog;

/// <summary>Nodes and services as every client sees them, with the indexes that blocking queries wait on. Immutable.</summary>
public sealed record CatalogState
{
    public static readonly CatalogState Empty = new();

    // No name begins with it: it is no character.
    private const char AfterAll = '\uFFFF';

    private CatalogState()
    {
    }

    /// <summary>By <see cref="CatalogKey"/>.</summary>
    public ImmutableSortedDictionary<string, NodeEntry> Nodes { get; init; } = Sorted.Empty<NodeEntry>();

    /// <summary>By <see cref="CatalogKey"/>.</summary>
    public ImmutableSortedDictionary<string, ServiceEntry> Services { get; init; } = Sorted.Empty<ServiceEntry>();

    /// <summary>
    /// What is called in place of a service by those of the service mesh, by <see cref="CatalogKey"/> of the service: the proxies before it, and its instances that need none. As
    /// in <see cref="Services"/>, an entry changes with all that a health query of it would show.
    /// </summary>
    public ImmutableSortedDictionary<string, ServiceEntry> Connected { get; init; } = Sorted.Empty<ServiceEntry>();

    /// <summary>What gateways of the service mesh lead to.</summary>
    public GatewayState Gateways { get; init; } = GatewayState.Empty;

    /// <summary>The keys of nodes that have an id, by <see cref="CatalogKey"/> of the id.</summary>
    internal ImmutableSortedDictionary<string, string> NodeIds { get; init; } = Sorted.Empty<string>();

    /// <summary>The checks for which <see cref="IsNamedApart"/> is true, by <see cref="CatalogKey.OnNode"/>.</summary>
    internal ImmutableSortedSet<string> NamedApart { get; init; } = ImmutableSortedSet.Create<string>(StringComparer.Ordinal);

    /// <summary>Last commit that changed a node.</summary>
    public ulong NodesIndex { get; init; }

    /// <summary>Last commit that changed a registration of a service.</summary>
    public ulong ServicesIndex { get; init; }

    /// <summary>Last commit that changed a check.</summary>
    public ulong ChecksIndex { get; init; }

    /// <summary>Last commit in which a service lost its last instance, or the last that is called in its place.</summary>
    public ulong ExtinctionIndex { get; init; }

    public ServiceEntry? FindService(string name) => Services.GetValueOrDefault(CatalogKey.Of(name));

    /// <summary>What is called in place of a service by those of the service mesh: <see cref="Connected"/>, and after it the terminating gateways that lead to it.</summary>
    /// <param name="name">The service.</param>
    /// <param name="heeds">Which links count, by the service's name in them; null: all.</param>
    public ServiceEntry? FindConnected(string name, Func<string, bool>? heeds = null) =>
        WithGateways(Connected.GetValueOrDefault(CatalogKey.Of(name)), Links(name, ServiceKind.TerminatingGateway), heeds);

    /// <summary>The ingress gateways that lead to a service; null: none does.</summary>
    /// <inheritdoc cref="FindConnected"/>
    public ServiceEntry? FindIngress(string name, Func<string, bool>? heeds = null) =>
        WithGateways(null, Links(name, ServiceKind.IngressGateway), heeds);

    public NodeEntry? FindNode(string name) => Nodes.GetValueOrDefault(CatalogKey.Of(name));

    /// <summary>The node with an id; null also if the id is empty.</summary>
    public NodeEntry? FindNodeById(string id) =>
        id.Length > 0 && NodeIds.TryGetValue(CatalogKey.Of(id), out var key) ? Nodes.GetValueOrDefault(key) : null;

    /// <summary>The node that goes when this one is put, because it has the same id under another name: it is renamed.</summary>
    public NodeEntry? FindRenamed(CatalogNode node) =>
        FindNodeById(node.Id) is { } same && CatalogKey.Of(same.Node.Node) != CatalogKey.Of(node.Node) ? same : null;

    /// <summary>A service on a node, by the node's name and the service's id, with its checks.</summary>
    public ServiceInstance? FindInstance(string node, string serviceId) =>
        FindNode(node)?.Services.GetValueOrDefault(CatalogKey.Of(serviceId)) is { } service
            ? FindService(service.Service)?.Instances.GetValueOrDefault(CatalogWriter.InstanceKey(CatalogKey.Of(node), service))
            : null;

    /// <summary>
    /// The checks that bear a service's name, with their nodes, in the order of these and of their ids. As in Consul, those of a service that got another name bear the one of
    /// before until they are written again, and checks of a node may bear any.
    /// </summary>
    public IEnumerable<(CatalogNode Node, HealthCheck Check)> ChecksOf(string name)
    {
        var (key, instances) = (CatalogKey.Of(name), FindService(name)?.Instances.Values ?? []);
        return instances
            .SelectMany(static instance => instance.Checks.Values, static (instance, check) => (instance.Node, Check: check))
            .Concat(NamedApart.Select(CatalogKey.Split).Select(at => (Nodes[at.NodeKey].Node, Check: Nodes[at.NodeKey].Checks[at.Key])))
            .Where(found => CatalogKey.Of(found.Check.ServiceName) == key)
            .OrderBy(static found => CatalogKey.Of(found.Node.Node), StringComparer.Ordinal)
            .ThenBy(static found => CatalogKey.Of(found.Check.CheckId), StringComparer.Ordinal);
    }

    /// <summary>The index of a service's health; for one that does not exist, of the last that vanished.</summary>
    public ulong ServiceIndex(string name) => FindService(name)?.Index ?? ExtinctionIndex;

    /// <summary>The same of what is called in place of a service by those of the service mesh.</summary>
    public ulong ConnectedIndex(string name) => Links(name, ServiceKind.TerminatingGateway)
        .Aggregate(Connected.GetValueOrDefault(CatalogKey.Of(name))?.Index ?? ExtinctionIndex, (index, link) => Math.Max(index, LinkIndex(link)));

    /// <summary>The index of the ingress gateways that lead to a service; of a service to which none leads, of the last link that went.</summary>
    public ulong IngressIndex(string name) =>
        Links(name, ServiceKind.IngressGateway).Aggregate(Math.Max(1, Gateways.RemovedIngressIndex), (index, link) => Math.Max(index, LinkIndex(link)));

    /// <summary>The service that one is called in place of by those of the service mesh; null: of none.</summary>
    public static string? ConnectedNameOf(NodeService service) =>
        service.Kind == ServiceKind.ConnectProxy ? service.Proxy?.DestinationServiceName : service.Connect?.Native == true ? service.Service : null;

    /// <summary>Whether a check bears the name of another service than that which it is of; null: it is of none.</summary>
    internal static bool IsNamedApart(HealthCheck check, NodeService? service) => CatalogKey.Of(check.ServiceName) != CatalogKey.Of(service?.Service ?? "");

    /// <summary>The index of a node and its services, which is one for all nodes, as in Consul.</summary>
    public ulong NodeServicesIndex => Math.Max(NodesIndex, ServicesIndex);

    private IEnumerable<GatewayLink> Links(string service, string kind) => Gateways.OfService(service).Where(link => link.Kind == kind);

    private ulong LinkIndex(GatewayLink link) => Math.Max(link.ModifyIndex, ServiceIndex(link.Gateway));

    // Gateways follow what is called without one, whatever the names of their nodes.
    private ServiceEntry? WithGateways(ServiceEntry? own, IEnumerable<GatewayLink> links, Func<string, bool>? heeds)
    {
        foreach (var link in links)
        {
            if (heeds?.Invoke(link.Service) != false && FindService(link.Gateway) is { } gateway)
            {
                own ??= new ServiceEntry(link.Service, 0, Sorted.Empty<ServiceInstance>());
                own = own with
                {
                    Index = Math.Max(own.Index, LinkIndex(link)),
                    Instances = own.Instances.SetItems(gateway.Instances.Select(pair => KeyValuePair.Create($"{AfterAll}{CatalogKey.OnNode(CatalogKey.Of(link.Gateway), pair.Key)}", pair.Value))),
                };
            }
        }

        return own;
    }
}
