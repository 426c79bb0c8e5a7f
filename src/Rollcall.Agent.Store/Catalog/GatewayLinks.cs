using System.Collections.Immutable;
using System.Text.Json;
using Rollcall.Agent.Store.Records;
using Rollcall.Consul.Wire;

namespace Rollcall.Agent.Store.Catalog;

/// <summary>Reads what the config entries of gateways lead to.</summary>
internal static class GatewayLinks
{
    // The name of Consul itself, which no wildcard means.
    private const string OwnService = "consul";

    private static readonly JsonDocumentOptions s_deep = new() { MaxDepth = 1000 };

    public static bool IsGateway(string kind) => kind is ServiceKind.IngressGateway or ServiceKind.TerminatingGateway;

    /// <summary>Whether two entries of one gateway lead to the same, so that the links are as old as before.</summary>
    public static bool Same(ConfigEntry one, ConfigEntry other)
    {
        var name = one.Kind == ServiceKind.IngressGateway ? "Listeners" : "Services";
        using JsonDocument left = JsonDocument.Parse(one.Fields, s_deep), right = JsonDocument.Parse(other.Fields, s_deep);
        var (hasLeft, hasRight) = (left.RootElement.TryGetProperty(name, out var leftLinks), right.RootElement.TryGetProperty(name, out var rightLinks));
        return hasLeft == hasRight && (!hasLeft || leftLinks.GetRawText() == rightLinks.GetRawText());
    }

    /// <summary>All links of an entry, for the services that there are.</summary>
    public static IEnumerable<GatewayLink> Of(ConfigEntry entry, ImmutableSortedDictionary<string, ServiceEntry> services, ulong index)
    {
        var links = GatewayState.Empty;
        foreach (var link in Named(entry))
        {
            links = links.Put(link with { CreateIndex = index, ModifyIndex = index });
        }

        // What is named stands before what is meant with all.
        foreach (var wildcard in links.OfService(GatewayLink.Wildcard).ToList())
        {
            foreach (var name in services.Values.Select(MeantByWildcards).OfType<string>().Where(name => links.Find(entry.Name, name, wildcard.Port) is null).ToList())
            {
                links = links.Put(wildcard with { Service = name, FromWildcard = true });
            }
        }

        return links.OfGateway(entry.Name);
    }

    /// <summary>The name of a service for which wildcards stand: one that is called by others. Null: they don't.</summary>
    public static string? MeantByWildcards(ServiceEntry? service)
    {
        foreach (var (_, instance) in service?.Instances ?? Sorted.Empty<ServiceInstance>())
        {
            if (string.IsNullOrEmpty(instance.Service.Kind))
            {
                return instance.Service.Service is OwnService or GatewayLink.Wildcard ? null : instance.Service.Service;
            }
        }

        return null;
    }

    private static List<GatewayLink> Named(ConfigEntry entry)
    {
        using var fields = JsonDocument.Parse(entry.Fields, s_deep);
        var root = fields.RootElement;
        var named = new List<GatewayLink>();
        if (entry.Kind == ServiceKind.TerminatingGateway)
        {
            named.AddRange(Items(root, "Services").Select(service => new GatewayLink
            {
                Gateway = entry.Name,
                Service = Text(service, "Name"),
                Kind = entry.Kind,
                CaFile = Text(service, "CAFile"),
                CertFile = Text(service, "CertFile"),
                KeyFile = Text(service, "KeyFile"),
                Sni = Text(service, "SNI"),
            }));
            return named;
        }

        foreach (var listener in Items(root, "Listeners"))
        {
            var port = listener.TryGetProperty("Port", out var number) && number.TryGetInt64(out var value) ? value : 0;
            named.AddRange(Items(listener, "Services").Select(service => new GatewayLink
            {
                Gateway = entry.Name,
                Service = Text(service, "Name"),
                Kind = entry.Kind,
                Port = port,
                Protocol = Text(listener, "Protocol"),
                Hosts = Items(service, "Hosts").Select(static host => host.GetString() ?? "").ToArray() is { Length: > 0 } hosts ? hosts : null,
            }));
        }

        return named;
    }

    private static JsonElement[] Items(JsonElement value, string name) =>
        value.TryGetProperty(name, out var items) && items.ValueKind == JsonValueKind.Array ? [.. items.EnumerateArray()] : [];

    private static string Text(JsonElement value, string name) => value.TryGetProperty(name, out var text) ? text.GetString() ?? "" : "";
}
