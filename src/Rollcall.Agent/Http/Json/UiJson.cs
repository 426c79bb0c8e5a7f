using System.Text.Json;
using Rollcall.Agent.Store.Catalog;
using Rollcall.Consul.Wire;

namespace Rollcall.Agent.Http.Json;

/// <summary>Writes what pages about services and nodes show.</summary>
internal static class UiJson
{
    // Says in a service's metadata who registered it.
    private const string SourceKey = "external-source";

    /// <summary>Service by service, what its instances have in common.</summary>
    public static void Summaries(Utf8JsonWriter json, IEnumerable<ServiceInstance> instances)
    {
        json.WriteStartArray();
        foreach (var service in instances.GroupBy(static instance => instance.Service.Service, StringComparer.Ordinal).OrderBy(static group => group.Key, StringComparer.Ordinal))
        {
            Summary(json, service.Key, [.. service]);
        }

        json.WriteEndArray();
    }

    /// <summary>A node with its services and checks.</summary>
    public static void Node(Utf8JsonWriter json, NodeEntry entry)
    {
        var node = entry.Node;
        json.WriteStartObject();
        json.WriteString("ID"u8, node.Id);
        json.WriteString("Node"u8, node.Node);
        json.WriteString("Address"u8, node.Address);
        WireJson.TextMap(json, "TaggedAddresses"u8, node.TaggedAddresses);
        WireJson.TextMap(json, "Meta"u8, node.Meta);
        json.WriteStartArray("Services"u8);
        foreach (var service in entry.Services.Values)
        {
            WireJson.Service(json, service, emptyIsNull: true);
        }

        json.WriteEndArray();
        json.WriteStartArray("Checks"u8);
        foreach (var check in entry.Checks.Values)
        {
            WireJson.Check(json, check, emptyIsNull: true);
        }

        json.WriteEndArray();
        json.WriteEndObject();
    }

    private static void Summary(Utf8JsonWriter json, string name, List<ServiceInstance> instances)
    {
        var checks = instances.SelectMany(static instance => instance.NodeChecks.Values.Concat(instance.Checks.Values)).CountBy(static check => check.Status).ToDictionary();
        json.WriteStartObject();
        WireJson.TextIfSet(json, "Kind"u8, instances[^1].Service.Kind);
        json.WriteString("Name"u8, name);
        Texts(json, "Tags"u8, instances.SelectMany(static instance => instance.Service.Tags ?? []).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal));
        Texts(json, "Nodes"u8, instances.Select(static instance => instance.Node.Node).Order(StringComparer.Ordinal));
        json.WriteNumber("InstanceCount"u8, instances.Count);
        string[] destinations = [.. instances
            .Where(static instance => instance.Service.Kind == ServiceKind.ConnectProxy).Select(static instance => instance.Service.Proxy?.DestinationServiceName ?? "").Distinct(StringComparer.Ordinal)];
        if (destinations.Length > 0)
        {
            WireJson.Texts(json, "ProxyFor"u8, destinations);
        }

        json.WriteNumber("ChecksPassing"u8, checks.GetValueOrDefault(CheckStatus.Passing));
        json.WriteNumber("ChecksWarning"u8, checks.GetValueOrDefault(CheckStatus.Warning));
        json.WriteNumber("ChecksCritical"u8, checks.GetValueOrDefault(CheckStatus.Critical));
        Texts(json, "ExternalSources"u8, instances
            .Select(static instance => instance.Service.Meta?.GetValueOrDefault(SourceKey) ?? "").Where(static source => source.Length > 0).Distinct(StringComparer.Ordinal));
        json.WriteStartObject("GatewayConfig"u8);
        json.WriteEndObject();
        json.WriteEndObject();
    }

    private static void Texts(Utf8JsonWriter json, ReadOnlySpan<byte> name, IEnumerable<string> texts)
    {
        string[] all = [.. texts];
        WireJson.TextsOrNull(json, name, all.Length > 0 ? all : null);
    }
}
