using System.Text.Json;
using Rollcall.Agent.ConfigEntries;
using Rollcall.Consul.Wire;

namespace Rollcall.Agent.Snapshots;

/// <summary>The proxy part of a service in snapshots.</summary>
internal static class MeshRecord
{
    private static readonly ServiceProxy s_none = new();

    /// <summary>Null: there is nothing in it.</summary>
    public static ServiceProxy? Read(MsgPackMap map)
    {
        var proxy = new ServiceProxy
        {
            DestinationServiceName = TextOrNull(map, "DestinationServiceName"),
            DestinationServiceId = TextOrNull(map, "DestinationServiceID"),
            LocalServiceAddress = TextOrNull(map, "LocalServiceAddress"),
            LocalServicePort = map.Int("LocalServicePort"),
            Config = Config(map.MapOrNull("Config")) is { } config && config.EnumerateObject().Any() ? config : null,
            Upstreams = List(map, "Upstreams", static upstream => new ServiceUpstream
            {
                DestinationType = upstream.Text("DestinationType"),
                DestinationNamespace = TextOrNull(upstream, "DestinationNamespace"),
                DestinationName = upstream.Text("DestinationName"),
                Datacenter = upstream.Text("Datacenter"),
                LocalBindAddress = TextOrNull(upstream, "LocalBindAddress"),
                LocalBindPort = upstream.Int("LocalBindPort"),
                Config = Config(upstream.MapOrNull("Config")),
                MeshGateway = Gateway(upstream),
            }),
            MeshGateway = Gateway(map),
            Expose = new ServiceExpose
            {
                Checks = map.Map("Expose").Bool("Checks"),
                Paths = List(map.Map("Expose"), "Paths", static path => new ServiceExposedPath
                {
                    ListenerPort = path.Int("ListenerPort"),
                    Path = TextOrNull(path, "Path"),
                    LocalPathPort = path.Int("LocalPathPort"),
                    Protocol = TextOrNull(path, "Protocol"),
                    ParsedFromCheck = path.Bool("ParsedFromCheck"),
                }),
            },
        };
        return proxy == s_none ? null : proxy;
    }

    public static void Write(MsgPackWriter output, ServiceProxy? proxy)
    {
        proxy ??= s_none;
        output.MapHead(8);
        Text(output, "DestinationServiceName", proxy.DestinationServiceName);
        Text(output, "DestinationServiceID", proxy.DestinationServiceId);
        Text(output, "LocalServiceAddress", proxy.LocalServiceAddress);
        Number(output, "LocalServicePort", proxy.LocalServicePort);
        Config(output, proxy.Config);
        List(output, "Upstreams", proxy.Upstreams, Write);
        Gateway(output, proxy.MeshGateway);
        output.Text("Expose");
        output.MapHead(2);
        Bool(output, "Checks", proxy.Expose.Checks);
        List(output, "Paths", proxy.Expose.Paths, Write);
    }

    private static void Write(MsgPackWriter output, ServiceUpstream upstream)
    {
        output.MapHead(8);
        Text(output, "DestinationType", upstream.DestinationType);
        Text(output, "DestinationNamespace", upstream.DestinationNamespace);
        Text(output, "DestinationName", upstream.DestinationName);
        Text(output, "Datacenter", upstream.Datacenter);
        Text(output, "LocalBindAddress", upstream.LocalBindAddress);
        Number(output, "LocalBindPort", upstream.LocalBindPort);
        Config(output, upstream.Config);
        Gateway(output, upstream.MeshGateway);
    }

    private static void Write(MsgPackWriter output, ServiceExposedPath path)
    {
        output.MapHead(5);
        Number(output, "ListenerPort", path.ListenerPort);
        Text(output, "Path", path.Path);
        Number(output, "LocalPathPort", path.LocalPathPort);
        Text(output, "Protocol", path.Protocol);
        Bool(output, "ParsedFromCheck", path.ParsedFromCheck);
    }

    private static string? TextOrNull(MsgPackMap map, string name) => map.Text(name) is { Length: > 0 } text ? text : null;

    private static JsonElement? Config(MsgPackMap? map) => map is null ? null : ConfigReader.ElementOf(ConfigDecoder.Any(ConfigRecord.Value(map)));

    private static ServiceMeshGateway Gateway(MsgPackMap map) => new() { Mode = TextOrNull(map.Map("MeshGateway"), "Mode") };

    private static List<T>? List<T>(MsgPackMap map, string name, Func<MsgPackMap, T> read) =>
        map.List(name)?.OfType<MsgPackMap>().Select(read).ToList() is { Count: > 0 } items ? items : null;

    private static void Text(MsgPackWriter output, string name, string? text)
    {
        output.Text(name);
        output.Text(text ?? "");
    }

    private static void Number(MsgPackWriter output, string name, int number)
    {
        output.Text(name);
        output.Number(number);
    }

    private static void Bool(MsgPackWriter output, string name, bool value)
    {
        output.Text(name);
        output.Bool(value);
    }

    private static void Config(MsgPackWriter output, JsonElement? config)
    {
        output.Text("Config");
        if (config is { } value)
        {
            ConfigRecord.Any(output, ConfigReader.ValueOf(value));
        }
        else
        {
            output.Null();
        }
    }

    private static void Gateway(MsgPackWriter output, ServiceMeshGateway gateway)
    {
        output.Text("MeshGateway");
        output.MapHead(1);
        Text(output, "Mode", gateway.Mode);
    }

    private static void List<T>(MsgPackWriter output, string name, IReadOnlyList<T>? items, Action<MsgPackWriter, T> write)
    {
        output.Text(name);
        if (items is null)
        {
            output.Null();
            return;
        }

        output.ListHead(items.Count);
        foreach (var item in items)
        {
            write(output, item);
        }
    }
}
