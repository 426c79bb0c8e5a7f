namespace Rollcall.Agent.Store.Records;

/// <summary>What Consul's mesh is to know of a service, or of all: kept for those who ask, used by nobody here.</summary>
public sealed record ConfigEntry
{
    public const string ServiceDefaults = "service-defaults";
    public const string ProxyDefaults = "proxy-defaults";

    public string Kind { get; init; } = "";

    public string Name { get; init; } = "";

    /// <summary>Of services: in lower case.</summary>
    public string Protocol { get; init; } = "";

    /// <summary>Of proxies: JSON as it was sent; null: none.</summary>
    public string? Config { get; init; }

    public string MeshGatewayMode { get; init; } = "";

    public string ExternalSni { get; init; } = "";

    public IReadOnlyDictionary<string, string>? Meta { get; init; }

    public ulong CreateIndex { get; init; }

    public ulong ModifyIndex { get; init; }

    /// <summary>The key of an entry among all.</summary>
    public static string KeyOf(string kind, string name) => $"{kind}\0{name}";
}
