using System.Text.Json;
using System.Text.Json.Serialization;

namespace Rollcall.Consul.Wire;

/// <summary>A service that a proxy leads to.</summary>
public sealed record ServiceUpstream
{
    /// <summary><c>service</c>, also if it is empty, or <c>prepared_query</c>.</summary>
    public string DestinationType { get; init; } = "";

    /// <summary>Null: the default one.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? DestinationNamespace { get; init; }

    public string DestinationName { get; init; } = "";

    /// <summary>Empty: the proxy's own.</summary>
    public string Datacenter { get; init; } = "";

    /// <summary>Where the proxy listens for it; null: on <c>127.0.0.1</c>.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? LocalBindAddress { get; init; }

    public int LocalBindPort { get; init; }

    /// <summary>Settings of the proxy for it, an object that is passed on as it is; null: none.</summary>
    public JsonElement? Config { get; init; }

    public ServiceMeshGateway MeshGateway { get; init; } = new();
}
