using System.Text.Json;
using Rollcall.Agent.ConfigEntries;
using Rollcall.Agent.Go;
using Rollcall.Consul.Wire;

namespace Rollcall.Agent.Http.Decoding;

/// <summary>The <c>Proxy</c> of a service.</summary>
internal static class ProxyBody
{
    private static readonly ServiceProxy s_none = new();
    private static readonly Fields s_own = new(CommonFields.Structs, "ConnectProxyConfig", "string");
    private static readonly Fields s_api = new(CommonFields.Api, "AgentServiceConnectProxyConfig", "api.UpstreamDestType");

    /// <summary>Null: there is none, or nothing in it.</summary>
    public static ServiceProxy? Read(GoDecoder decoder, GoValue value, string package = CommonFields.Structs)
    {
        var proxy = (package == CommonFields.Api ? s_api : s_own).Read(decoder, value);
        return proxy == s_none ? null : proxy;
    }

    private static string? OrNull(string text) => text.Length > 0 ? text : null;

    private static JsonElement? Config(GoDecoder decoder, GoValue value)
    {
        _ = decoder.Map(value, "map[string]interface {}", decoder.Any);
        if (value.Depth > ConfigReader.MaxDepth)
        {
            decoder.Refuse($"Config {ConfigReader.TooDeep}");
        }

        return value.Kind == GoKind.Object && decoder.Error is null ? ConfigReader.ElementOf(ConfigDecoder.Any(value)) : null;
    }

    /// <summary>What is being read.</summary>
    private sealed class Draft<T>(T value)
    {
        public T Value { get; set; } = value;

        /// <summary>By names with underscores. What it holds counts where the others hold nothing, whichever came first.</summary>
        public T Underscored { get; set; } = value;
    }

    /// <summary>
    /// The fields as one of Consul's packages has them. Its own types decode themselves, and take names with underscores where the others are not given.
    /// </summary>
    private sealed class Fields
    {
        private readonly bool _own;
        private readonly GoStruct<Draft<ServiceProxy>> _proxy;
        private readonly GoStruct<Draft<ServiceUpstream>> _upstream;
        private readonly GoStruct<Draft<ServiceMeshGateway>> _gateway;
        private readonly GoStruct<Draft<ServiceExpose>> _expose;
        private readonly GoStruct<Draft<ServiceExposedPath>> _path;

        public Fields(string package, string proxy, string destinationType)
        {
            _own = package == CommonFields.Structs;
            _gateway = new GoStruct<Draft<ServiceMeshGateway>>("MeshGatewayConfig", $"{package}.MeshGatewayConfig")
                .Add((d, v, t) => t.Value = t.Value with { Mode = OrNull(d.Text(v, $"{package}.MeshGatewayMode")) }, "Mode");
            _path = Of<ServiceExposedPath>(package, "ExposePath", "LocalPathPortSnake int \"json:\\\"local_path_port\\\"\"; ListenerPortSnake int \"json:\\\"listener_port\\\"\"", Merge)
                .Add((d, v, t) => t.Value = t.Value with { ListenerPort = d.Int(v) }, "ListenerPort")
                .Add((d, v, t) => t.Value = t.Value with { Path = OrNull(d.Text(v)) }, "Path")
                .Add((d, v, t) => t.Value = t.Value with { LocalPathPort = d.Int(v) }, "LocalPathPort")
                .Add((d, v, t) => t.Value = t.Value with { Protocol = OrNull(d.Text(v)) }, "Protocol")
                .Add((d, v, t) => t.Value = t.Value with { ParsedFromCheck = d.Bool(v) }, "ParsedFromCheck");
            _expose = new GoStruct<Draft<ServiceExpose>>("ExposeConfig", $"{package}.ExposeConfig")
                .Add((d, v, t) => t.Value = t.Value with { Checks = d.Bool(v) }, "Checks")
                .Add((d, v, t) => t.Value = t.Value with { Paths = d.List(v, $"[]{package}.ExposePath", item => Read(d, item, _path, new())) is { Count: > 0 } paths ? paths : null }, "Paths");
            _upstream = Of<ServiceUpstream>(
                    package,
                    "Upstream",
                    "DestinationTypeSnake string \"json:\\\"destination_type\\\"\"; DestinationNamespaceSnake string \"json:\\\"destination_namespace\\\"\"; "
                    + "DestinationNameSnake string \"json:\\\"destination_name\\\"\"; LocalBindPortSnake int \"json:\\\"local_bind_port\\\"\"; "
                    + "LocalBindAddressSnake string \"json:\\\"local_bind_address\\\"\"",
                    Merge)
                .Add((d, v, t) => t.Value = t.Value with { DestinationType = d.Text(v, destinationType) }, "DestinationType")
                .Add((d, v, t) => t.Value = t.Value with { DestinationNamespace = OrNull(d.Text(v)) }, "DestinationNamespace")
                .Add((d, v, t) => t.Value = t.Value with { DestinationName = d.Text(v) }, "DestinationName")
                .Add((d, v, t) => t.Value = t.Value with { Datacenter = d.Text(v) }, "Datacenter")
                .Add((d, v, t) => t.Value = t.Value with { LocalBindAddress = OrNull(d.Text(v)) }, "LocalBindAddress")
                .Add((d, v, t) => t.Value = t.Value with { LocalBindPort = d.Int(v) }, "LocalBindPort")
                .Add((d, v, t) => t.Value = t.Value with { Config = Config(d, v) }, "Config")
                .Add((d, v, t) => t.Value = t.Value with { MeshGateway = Plain(d, v, _gateway, new()) }, "MeshGateway");
            _proxy = Of<ServiceProxy>(
                    package,
                    proxy,
                    "DestinationServiceNameSnake string \"json:\\\"destination_service_name\\\"\"; DestinationServiceIDSnake string \"json:\\\"destination_service_id\\\"\"; "
                    + "LocalServiceAddressSnake string \"json:\\\"local_service_address\\\"\"; LocalServicePortSnake int \"json:\\\"local_service_port\\\"\"",
                    Merge)
                .Add((d, v, t) => t.Value = t.Value with { DestinationServiceName = OrNull(d.Text(v)) }, "DestinationServiceName")
                .Add((d, v, t) => t.Value = t.Value with { DestinationServiceId = OrNull(d.Text(v)) }, "DestinationServiceID")
                .Add((d, v, t) => t.Value = t.Value with { LocalServiceAddress = OrNull(d.Text(v)) }, "LocalServiceAddress")
                .Add((d, v, t) => t.Value = t.Value with { LocalServicePort = d.Int(v) }, "LocalServicePort")
                .Add((d, v, t) => t.Value = t.Value with { Config = Config(d, v) is { } config && config.EnumerateObject().Any() ? config : null }, "Config")
                .Add((d, v, t) => t.Value = t.Value with { Upstreams = ReadUpstreams(d, v, _own ? "structs.Upstreams" : "[]api.Upstream") }, "Upstreams")
                .Add((d, v, t) => t.Value = t.Value with { MeshGateway = Plain(d, v, _gateway, new()) }, "MeshGateway")
                .Add((d, v, t) => t.Value = t.Value with { Expose = Plain(d, v, _expose, new()) }, "Expose");
            if (_own)
            {
                _path
                    .Add((d, v, t) => t.Underscored = t.Underscored with { ListenerPort = d.Int(v) }, "listener_port")
                    .Add((d, v, t) => t.Underscored = t.Underscored with { LocalPathPort = d.Int(v) }, "local_path_port");
                _upstream
                    .Add((d, v, t) => t.Underscored = t.Underscored with { DestinationType = d.Text(v) }, "destination_type")
                    .Add((d, v, t) => t.Underscored = t.Underscored with { DestinationNamespace = OrNull(d.Text(v)) }, "destination_namespace")
                    .Add((d, v, t) => t.Underscored = t.Underscored with { DestinationName = d.Text(v) }, "destination_name")
                    .Add((d, v, t) => t.Underscored = t.Underscored with { LocalBindAddress = OrNull(d.Text(v)) }, "local_bind_address")
                    .Add((d, v, t) => t.Underscored = t.Underscored with { LocalBindPort = d.Int(v) }, "local_bind_port");
                _proxy
                    .Add((d, v, t) => t.Underscored = t.Underscored with { DestinationServiceName = OrNull(d.Text(v)) }, "destination_service_name")
                    .Add((d, v, t) => t.Underscored = t.Underscored with { DestinationServiceId = OrNull(d.Text(v)) }, "destination_service_id")
                    .Add((d, v, t) => t.Underscored = t.Underscored with { LocalServiceAddress = OrNull(d.Text(v)) }, "local_service_address")
                    .Add((d, v, t) => t.Underscored = t.Underscored with { LocalServicePort = d.Int(v) }, "local_service_port");
            }
        }

        public ServiceProxy Read(GoDecoder decoder, GoValue value) => Read(decoder, value, _proxy, new());

        private List<ServiceUpstream>? ReadUpstreams(GoDecoder decoder, GoValue value, string goType) =>
            decoder.List(value, goType, item => Read(decoder, item, _upstream, new())) is { Count: > 0 } upstreams ? upstreams : null;

        private T Read<T>(GoDecoder decoder, GoValue value, GoStruct<Draft<T>> type, T empty)
        {
            if (!_own)
            {
                return Plain(decoder, value, type, empty);
            }

            var draft = new Draft<T>(empty);
            decoder.Custom(value, type, draft);
            return draft.Value;
        }

        private static T Plain<T>(GoDecoder decoder, GoValue value, GoStruct<Draft<T>> type, T empty)
        {
            var draft = new Draft<T>(empty);
            decoder.Struct(value, type, draft);
            return draft.Value;
        }

        private static GoStruct<Draft<T>> Of<T>(string package, string name, string underscored, Func<T, T, T> merge) =>
            new(name, package == CommonFields.Structs ? $"struct {{ {underscored}; *structs.Alias }}" : $"{package}.{name}")
            {
                End = (_, draft) => draft.Value = merge(draft.Value, draft.Underscored),
            };

        private static ServiceExposedPath Merge(ServiceExposedPath path, ServiceExposedPath underscored) => path with
        {
            ListenerPort = Other(path.ListenerPort, underscored.ListenerPort),
            LocalPathPort = Other(path.LocalPathPort, underscored.LocalPathPort),
        };

        private static ServiceUpstream Merge(ServiceUpstream upstream, ServiceUpstream underscored) => upstream with
        {
            DestinationType = OrNull(upstream.DestinationType) ?? underscored.DestinationType,
            DestinationNamespace = upstream.DestinationNamespace ?? underscored.DestinationNamespace,
            DestinationName = OrNull(upstream.DestinationName) ?? underscored.DestinationName,
            LocalBindAddress = upstream.LocalBindAddress ?? underscored.LocalBindAddress,
            LocalBindPort = Other(upstream.LocalBindPort, underscored.LocalBindPort),
        };

        private static ServiceProxy Merge(ServiceProxy proxy, ServiceProxy underscored) => proxy with
        {
            DestinationServiceName = proxy.DestinationServiceName ?? underscored.DestinationServiceName,
            DestinationServiceId = proxy.DestinationServiceId ?? underscored.DestinationServiceId,
            LocalServiceAddress = proxy.LocalServiceAddress ?? underscored.LocalServiceAddress,
            LocalServicePort = Other(proxy.LocalServicePort, underscored.LocalServicePort),
        };

        private static int Other(int number, int underscored) => number != 0 ? number : underscored;
    }
}
