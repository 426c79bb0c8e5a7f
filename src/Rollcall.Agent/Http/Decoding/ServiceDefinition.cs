using Rollcall.Agent.Go;
using Rollcall.Agent.Store.Commands;
using Rollcall.Consul.Wire;

namespace Rollcall.Agent.Http.Decoding;

/// <summary>The body of <c>agent/service/register</c>, not yet judged.</summary>
internal sealed class ServiceDefinition
{
    public static readonly GoStruct<ServiceDefinition> Type = new GoStruct<ServiceDefinition>(
            "",
            "struct { EnableTagOverrideSnake bool \"json:\\\"enable_tag_override\\\"\"; "
            + "TaggedAddressesSnake map[string]structs.ServiceAddress \"json:\\\"tagged_addresses\\\"\"; *structs.Alias }")
        { End = static (_, definition) => definition.Merge() }
        .Add((d, v, t) => t.Kind = d.Text(v, "structs.ServiceKind") is { Length: > 0 } kind ? kind : null, "Kind")
        .Add((d, v, t) => t.Id = d.Text(v), "ID")
        .Add((d, v, t) => t.Name = d.Text(v), "Name")
        .Add((d, v, t) => t.Tags = d.Texts(v), "Tags")
        .Add((d, v, t) => t.Address = d.Text(v), "Address")
        .Add((d, v, t) => t.TaggedAddresses = CommonFields.TaggedAddresses(d, v), "TaggedAddresses")
        .Add((d, v, t) => t._underscoredAddresses = CommonFields.TaggedAddresses(d, v), "tagged_addresses")
        .Add((d, v, t) => t.Meta = d.TextMap(v), "Meta")
        .Add((d, v, t) => t.Port = d.Int(v), "Port")
        .Add((d, v, t) => t.Check = ReadCheck(d, v), "Check")
        .Add((d, v, t) => t.Checks = d.List(v, "structs.CheckTypes", item => ReadCheck(d, item)) ?? [], "Checks")
        .Add((d, v, t) => t.Weights = CommonFields.Weights(d, v), "Weights")
        .Add((d, v, _) => d.Text(v), "Token")
        .Add((d, v, t) => t.EnableTagOverride = d.Bool(v), "EnableTagOverride")
        .Add((d, v, t) => t._underscoredTagOverride = d.Bool(v), "enable_tag_override")
        .Add((d, v, t) => t.Proxy = ProxyBody.Read(d, v), "Proxy")
        .Add((d, v, t) => t.Connect = ConnectBody.Read(d, v), "Connect");

    private IReadOnlyDictionary<string, ServiceAddress>? _underscoredAddresses;
    private bool _underscoredTagOverride;

    /// <summary>Null: a service that is called by others.</summary>
    public string? Kind { get; private set; }

    public string Id { get; private set; } = "";

    public string Name { get; private set; } = "";

    public IReadOnlyList<string>? Tags { get; private set; }

    public string Address { get; private set; } = "";

    public IReadOnlyDictionary<string, ServiceAddress>? TaggedAddresses { get; private set; }

    public IReadOnlyDictionary<string, string>? Meta { get; private set; }

    public int Port { get; private set; }

    public CheckType? Check { get; private set; }

    public IReadOnlyList<CheckType?> Checks { get; private set; } = [];

    public ServiceWeights? Weights { get; private set; }

    public bool EnableTagOverride { get; private set; }

    public ServiceProxy? Proxy { get; private set; }

    public ConnectBody? Connect { get; private set; }

    // Names with underscores count where the others hold nothing, whichever came first.
    private void Merge()
    {
        TaggedAddresses = TaggedAddresses is { Count: > 0 } ? TaggedAddresses : _underscoredAddresses;
        EnableTagOverride |= _underscoredTagOverride;
    }

    /// <summary>The proxy that is registered with a service, with what it has of the service where it says nothing itself. Its port may be 0: it is given one.</summary>
    public ServiceDefinition AsSidecarOf(ServiceDefinition service)
    {
        var id = service.Id.Length > 0 ? service.Id : service.Name;
        var proxy = Proxy ?? new ServiceProxy();
        var sidecar = (ServiceDefinition)MemberwiseClone();
        sidecar.Id = RegisterService.SidecarIdOf(id);
        sidecar.Name = Name.Length > 0 ? Name : $"{service.Name}-sidecar-proxy";
        sidecar.Kind ??= ServiceKind.ConnectProxy;
        sidecar.Tags = Tags is { Count: > 0 } ? Tags : service.Tags;
        sidecar.Meta = Meta is { Count: > 0 } ? Meta : service.Meta;
        sidecar.Address = Address.Length > 0 ? Address : service.Address;
        sidecar.Port = Math.Max(Port, 0);
        sidecar.Proxy = proxy with
        {
            DestinationServiceName = proxy.DestinationServiceName ?? service.Name,
            DestinationServiceId = proxy.DestinationServiceId ?? id,
            LocalServiceAddress = proxy.LocalServiceAddress ?? "127.0.0.1",
            LocalServicePort = proxy.LocalServicePort > 0 ? proxy.LocalServicePort : service.Port,
        };
        return sidecar;
    }

    private static CheckType? ReadCheck(GoDecoder decoder, GoValue value)
    {
        if (value.Kind == GoKind.Null)
        {
            return null;
        }

        var check = new CheckType();
        decoder.Custom(value, CheckType.WithinService, check);
        return check;
    }
}
