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

    public static readonly FilterFields<NodeService> Service = new FilterFields<NodeService>()
        .Text("Kind", static _ => "")
        .Text("ID", service => service.Id)
        .Text("Service", service => service.Service)
        .List("Tags", service => service.Tags)
        .Text("Address", service => service.Address)
        .RecordMap("TaggedAddresses", service => service.TaggedAddresses, s_address)
        .Map("Meta", service => service.Meta)
        .Number("Port", service => service.Port)
        .Number("Weights.Passing", service => service.Weights?.Passing ?? 1)
        .Number("Weights.Warning", service => service.Weights?.Warning ?? 1)
        .Bool("EnableTagOverride", service => service.EnableTagOverride);

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
        .Records("Node", instance => [instance.Node], Node)
        .Records("Service", instance => [instance.Service], Service)
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
        .Text("ServiceKind", static _ => "")
        .Text("ServiceID", instance => instance.Service.Id)
        .Text("ServiceName", instance => instance.Service.Service)
        .List("ServiceTags", instance => instance.Service.Tags)
        .Text("ServiceAddress", instance => instance.Service.Address)
        .RecordMap("ServiceTaggedAddresses", instance => instance.Service.TaggedAddresses, s_address)
        .Map("ServiceMeta", instance => instance.Service.Meta)
        .Number("ServicePort", instance => instance.Service.Port)
        .Number("ServiceWeights.Passing", instance => instance.Service.Weights?.Passing ?? 1)
        .Number("ServiceWeights.Warning", instance => instance.Service.Weights?.Warning ?? 1)
        .Bool("ServiceEnableTagOverride", instance => instance.Service.EnableTagOverride);
}
