using Rollcall.Agent.Go;
using Rollcall.Consul.Wire;

namespace Rollcall.Agent.Http.Decoding;

/// <summary>The <c>Service</c> of <c>catalog/register</c> and of a transaction.</summary>
internal sealed class CatalogServiceBody
{
    private static readonly GoStruct<CatalogServiceBody> s_type = Of("NodeService", CommonFields.Structs).WithoutNamespaces();
    private static readonly GoStruct<CatalogServiceBody> s_apiType = Of("AgentService", CommonFields.Api).Add((d, v, _) => d.Text(v), "ContentHash", "Namespace");

    private string? _kind;
    private string _id = "";
    private string _service = "";
    private List<string>? _tags;
    private string _address = "";
    private Dictionary<string, ServiceAddress>? _taggedAddresses;
    private Dictionary<string, string>? _meta;
    private int _port;
    private ServiceWeights? _weights;
    private bool _enableTagOverride;
    private ServiceProxy? _proxy;
    private ConnectBody? _connect;
    private ulong _modifyIndex;

    /// <param name="decoder">What goes through the body.</param>
    /// <param name="value">The service.</param>
    /// <param name="package">Where Consul has its type.</param>
    /// <param name="meshFault">What is wrong with it as a part of a service mesh; null: nothing.</param>
    public static NodeService? Read(GoDecoder decoder, GoValue value, string package, out string? meshFault)
    {
        meshFault = null;
        if (value.Kind == GoKind.Null)
        {
            return null;
        }

        var body = new CatalogServiceBody();
        decoder.Struct(value, package == CommonFields.Api ? s_apiType : s_type, body);
        var service = new NodeService
        {
            Kind = body._kind is { Length: > 0 } kind ? kind : null,
            Id = body._id.Length == 0 ? body._service : body._id,
            Service = body._service,
            Tags = body._tags ?? [],
            Address = body._address,
            TaggedAddresses = body._taggedAddresses,
            Meta = body._meta,
            Port = body._port,
            Weights = ServiceRules.WeightsFault(body._weights) is null ? body._weights ?? new ServiceWeights() : new ServiceWeights(),
            EnableTagOverride = body._enableTagOverride,
            Proxy = body._proxy,
            Connect = body._connect?.Connect,
            ModifyIndex = body._modifyIndex,
        };
        if (package == CommonFields.Api)
        {
            // As in Consul, whose transactions leave these behind.
            return service with { Kind = null, Proxy = null, Connect = null };
        }

        meshFault = MeshRules.Fault(service, body._connect?.Sidecar);
        return service;
    }

    private static GoStruct<CatalogServiceBody> Of(string name, string package) => new GoStruct<CatalogServiceBody>(name, $"{package}.{name}")
        .Add((d, v, t) => t._kind = d.Text(v, $"{package}.ServiceKind"), "Kind")
        .Add((d, v, t) => t._id = d.Text(v), "ID")
        .Add((d, v, t) => t._service = d.Text(v), "Service")
        .Add((d, v, t) => t._tags = d.Texts(v), "Tags")
        .Add((d, v, t) => t._address = d.Text(v), "Address")
        .Add((d, v, t) => t._taggedAddresses = CommonFields.TaggedAddresses(d, v, package), "TaggedAddresses")
        .Add((d, v, t) => t._meta = d.TextMap(v), "Meta")
        .Add((d, v, t) => t._port = d.Int(v), "Port")
        .Add((d, v, t) => t._weights = CommonFields.Weights(d, v, package), "Weights")
        .Add((d, v, t) => t._enableTagOverride = d.Bool(v), "EnableTagOverride")
        .Add((d, v, t) => t._modifyIndex = d.Unsigned(v), "ModifyIndex")
        .Add((d, v, _) => d.Unsigned(v), "CreateIndex")
        .Add((d, v, t) => t._proxy = ProxyBody.Read(d, v, package), "Proxy")
        .Add((d, v, t) => t._connect = ConnectBody.Read(d, v, package), "Connect");
}
