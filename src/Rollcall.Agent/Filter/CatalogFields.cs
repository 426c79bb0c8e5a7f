using Rollcall.Agent.Store.Catalog;
using Rollcall.Consul.Wire;

namespace Rollcall.Agent.Filter;

/// <summary>What filters may name in each kind of answer.</summary>
internal static class CatalogFields
{
    public static readonly FilterFields<CatalogNode> Node = new FilterFields<CatalogNode>()
        .Text("ID", node => node.Id)
        .Text("Node", node => node.Node)
        .Text("Address", node => node.Address)
        .Text("Datacenter", node => node.Datacenter)
        .Map("TaggedAddresses", node => node.TaggedAddresses)
        .Map("Meta", node => node.Meta);

    private static readonly FilterFields<ServiceAddress> s_address = new FilterFields<ServiceAddress>()
        .Text("Address", address => address.Address)
        .Number("Port", address => address.Port);

    private static readonly ServiceWeights s_usualWeights = new();

    private static readonly FilterFields<ServiceWeights> s_weights = new FilterFields<ServiceWeights>()
        .Number("Passing", weights => weights.Passing)
        .Number("Warning", weights => weights.Warning);

    private static readonly ServiceProxy s_noProxy = new();
    private static readonly ServiceConnect s_noConnect = new();

    private static readonly FilterFields<ServiceMeshGateway> s_meshGateway = new FilterFields<ServiceMeshGateway>()
        .Text("Mode", gateway => gateway.Mode ?? "");

    private static readonly FilterFields<ServiceUpstream> s_upstream = new FilterFields<ServiceUpstream>()
        .Text("DestinationType", upstream => upstream.DestinationType)
        .Text("DestinationNamespace", upstream => upstream.DestinationNamespace ?? "")
        .Text("DestinationName", upstream => upstream.DestinationName)
        .Text("Datacenter", upstream => upstream.Datacenter)
        .Text("LocalBindAddress", upstream => upstream.LocalBindAddress ?? "")
        .Number("LocalBindPort", upstream => upstream.LocalBindPort)
        .Record("MeshGateway", upstream => upstream.MeshGateway, s_meshGateway);

    private static readonly FilterFields<ServiceExposedPath> s_exposedPath = new FilterFields<ServiceExposedPath>()
        .Number("ListenerPort", path => path.ListenerPort)
        .Text("Path", path => path.Path ?? "")
        .Number("LocalPathPort", path => path.LocalPathPort)
        .Text("Protocol", path => path.Protocol ?? "")
        .Bool("ParsedFromCheck", path => path.ParsedFromCheck);

    private static readonly FilterFields<ServiceExpose> s_expose = new FilterFields<ServiceExpose>()
        .Bool("Checks", expose => expose.Checks)
        .Records("Paths", expose => expose.Paths ?? [], s_exposedPath);

    private static readonly FilterFields<ServiceProxy> s_proxy = new FilterFields<ServiceProxy>()
        .Text("DestinationServiceName", proxy => proxy.DestinationServiceName ?? "")
        .Text("DestinationServiceID", proxy => proxy.DestinationServiceId ?? "")
        .Text("LocalServiceAddress", proxy => proxy.LocalServiceAddress ?? "")
        .Number("LocalServicePort", proxy => proxy.LocalServicePort)
        .Records("Upstreams", proxy => proxy.Upstreams ?? [], s_upstream)
        .Record("MeshGateway", proxy => proxy.MeshGateway, s_meshGateway)
        .Record("Expose", proxy => proxy.Expose, s_expose);

    private static readonly FilterFields<ServiceConnect> s_connect = new FilterFields<ServiceConnect>()
        .Bool("Native", connect => connect.Native);

    public static readonly FilterFields<NodeService> Service = new FilterFields<NodeService>()
        .Text("Kind", service => service.Kind ?? "")
        .Text("ID", service => service.Id)
        .Text("Service", service => service.Service)
        .List("Tags", service => service.Tags)
        .Text("Address", service => service.Address)
        .RecordMap("TaggedAddresses", service => service.TaggedAddresses, s_address)
        .Map("Meta", service => service.Meta)
        .Number("Port", service => service.Port)
        .Record("Weights", static service => service.Weights ?? s_usualWeights, s_weights)
        .Bool("EnableTagOverride", service => service.EnableTagOverride)
        .Record("Proxy", static service => service.Proxy ?? s_noProxy, s_proxy)
        .Record("Connect", static service => service.Connect ?? s_noConnect, s_connect);

    public static readonly FilterFields<HealthCheck> Check = new FilterFields<HealthCheck>()
        .Text("Node", check => check.Node)
        .Text("CheckID", check => check.CheckId)
        .Text("Name", check => check.Name)
        .Text("Status", check => check.Status)
        .Text("Notes", check => check.Notes)
        .Text("Output", check => check.Output)
        .Text("ServiceID", check => check.ServiceId)
        .Text("ServiceName", check => check.ServiceName)
        .List("ServiceTags", check => check.ServiceTags)
        .Text("Type", check => check.Type);

    /// <summary>An instance in <c>health/service</c>.</summary>
    public static readonly FilterFields<ServiceInstance> Health = new FilterFields<ServiceInstance>()
        .Record("Node", instance => instance.Node, Node)
        .Record("Service", instance => instance.Service, Service)
        .Records("Checks", instance => instance.NodeChecks.Values.Concat(instance.Checks.Values), Check);

    /// <summary>A node in <c>internal/ui/nodes</c>.</summary>
    public static readonly FilterFields<NodeEntry> NodeWithAll = new FilterFields<NodeEntry>()
        .Text("ID", entry => entry.Node.Id)
        .Text("Node", entry => entry.Node.Node)
        .Text("Address", entry => entry.Node.Address)
        .Map("TaggedAddresses", entry => entry.Node.TaggedAddresses)
        .Map("Meta", entry => entry.Node.Meta)
        .Records("Services", entry => entry.Services.Values, Service)
        .Records("Checks", entry => entry.Checks.Values, Check);

    /// <summary>An instance in <c>catalog/service</c>.</summary>
    public static readonly FilterFields<ServiceInstance> Catalog = new FilterFields<ServiceInstance>()
        .Text("ID", instance => instance.Node.Id)
        .Text("Node", instance => instance.Node.Node)
        .Text("Address", instance => instance.Node.Address)
        .Text("Datacenter", instance => instance.Node.Datacenter)
        .Map("TaggedAddresses", instance => instance.Node.TaggedAddresses)
        .Map("NodeMeta", instance => instance.Node.Meta)
        .Text("ServiceKind", instance => instance.Service.Kind ?? "")
        .Text("ServiceID", instance => instance.Service.Id)
        .Text("ServiceName", instance => instance.Service.Service)
        .List("ServiceTags", instance => instance.Service.Tags)
        .Text("ServiceAddress", instance => instance.Service.Address)
        .RecordMap("ServiceTaggedAddresses", instance => instance.Service.TaggedAddresses, s_address)
        .Map("ServiceMeta", instance => instance.Service.Meta)
        .Number("ServicePort", instance => instance.Service.Port)
        .Record("ServiceWeights", static instance => instance.Service.Weights ?? s_usualWeights, s_weights)
        .Bool("ServiceEnableTagOverride", instance => instance.Service.EnableTagOverride)
        .Record("ServiceProxy", static instance => instance.Service.Proxy ?? s_noProxy, s_proxy)
        .Record("ServiceConnect", static instance => instance.Service.Connect ?? s_noConnect, s_connect);
}
