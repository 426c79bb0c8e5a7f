using System.Text.Json;
using Rollcall.Consul.Wire;

namespace Rollcall.Agent.Store.Catalog;

/// <summary>Compares what was registered, not the indexes: registering the same again must change nothing.</summary>
internal static class CatalogEquality
{
    private static readonly ServiceProxy s_noProxy = new();

    public static bool Same(CatalogNode a, CatalogNode b) =>
        a.Id == b.Id
        && a.Node == b.Node
        && a.Address == b.Address
        && a.Datacenter == b.Datacenter
        && Same(a.TaggedAddresses, b.TaggedAddresses)
        && Same(a.Meta, b.Meta);

    public static bool Same(NodeService a, NodeService b) =>
        a.Id == b.Id
        && a.Kind == b.Kind
        && a.IsSidecar == b.IsSidecar
        && a.Service == b.Service
        && a.Address == b.Address
        && a.Port == b.Port
        && a.EnableTagOverride == b.EnableTagOverride
        && Equals(a.Weights, b.Weights)
        && Same(a.Tags, b.Tags)
        && Same(a.Meta, b.Meta)
        && Same(a.TaggedAddresses, b.TaggedAddresses)
        && Same(a.Proxy, b.Proxy)
        && (a.Connect?.Native ?? false) == (b.Connect?.Native ?? false);

    public static bool Same(HealthCheck a, HealthCheck b) =>
        a.Node == b.Node
        && a.CheckId == b.CheckId
        && a.Name == b.Name
        && a.Status == b.Status
        && a.Notes == b.Notes
        && a.Output == b.Output
        && a.ServiceId == b.ServiceId
        && a.ServiceName == b.ServiceName
        && a.Type == b.Type
        && Same(a.ServiceTags, b.ServiceTags)
        && Same(a.Definition ?? new HealthCheckDefinition(), b.Definition ?? new HealthCheckDefinition());

    public static bool Same(IReadOnlyList<string>? a, IReadOnlyList<string>? b) => (a ?? []).SequenceEqual(b ?? []);

    public static bool Same<T>(IReadOnlyDictionary<string, T>? a, IReadOnlyDictionary<string, T>? b)
    {
        if ((a?.Count ?? 0) != (b?.Count ?? 0))
        {
            return false;
        }

        if (a is null || b is null || a.Count == 0)
        {
            return true;
        }

        foreach (var (key, value) in a)
        {
            if (!b.TryGetValue(key, out var other) || !EqualityComparer<T>.Default.Equals(value, other))
            {
                return false;
            }
        }

        return true;
    }

    private static bool Same(ServiceProxy? a, ServiceProxy? b)
    {
        if (a is null && b is null)
        {
            return true;
        }

        (a, b) = (a ?? s_noProxy, b ?? s_noProxy);
        return Bare(a) == Bare(b)
            && a.Expose.Checks == b.Expose.Checks
            && (a.Expose.Paths ?? []).SequenceEqual(b.Expose.Paths ?? [])
            && Same(a.Config, b.Config)
            && (a.Upstreams?.Count ?? 0) == (b.Upstreams?.Count ?? 0)
            && (a.Upstreams ?? []).Zip(b.Upstreams ?? []).All(static pair =>
                pair.First with { Config = null } == pair.Second with { Config = null } && Same(pair.First.Config, pair.Second.Config));

        static ServiceProxy Bare(ServiceProxy proxy) => proxy with { Config = null, Upstreams = null, Expose = s_noProxy.Expose };
    }

    private static bool Same(JsonElement? a, JsonElement? b) =>
        a is null || b is null ? a is null && b is null : JsonElement.DeepEquals(a.Value, b.Value);

    private static bool Same(HealthCheckDefinition a, HealthCheckDefinition b) =>
        ReferenceEquals(a.Header, b.Header)
            ? a == b
            : SameHeader(a.Header, b.Header) && a with { Header = null } == b with { Header = null };

    private static bool SameHeader(
        IReadOnlyDictionary<string, IReadOnlyList<string>>? a,
        IReadOnlyDictionary<string, IReadOnlyList<string>>? b) =>
        (a?.Count ?? 0) == (b?.Count ?? 0)
        && (a is null || b is null || a.All(pair => b.TryGetValue(pair.Key, out var values) && pair.Value.SequenceEqual(values)));
}
