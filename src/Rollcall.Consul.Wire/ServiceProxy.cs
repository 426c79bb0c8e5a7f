using System.Text.Json;
using System.Text.Json.Serialization;

namespace Rollcall.Consul.Wire;

/// <summary>The proxy part of a service: what it stands before, and what it leads to. Empty but for proxies and gateways of a service mesh.</summary>
public sealed record ServiceProxy
{
    /// <summary>The service that it stands before; null: none.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? DestinationServiceName { get; init; }

    /// <summary>The instance that it stands before, on its own node; null: no single one.</summary>
    [JsonPropertyName("DestinationServiceID")]
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? DestinationServiceId { get; init; }

    /// <summary>Where it reaches that instance; null: on <c>127.0.0.1</c>.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? LocalServiceAddress { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public int LocalServicePort { get; init; }

    /// <summary>Settings of the proxy, an object that is passed on as it is; null: none.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public JsonElement? Config { get; init; }

    /// <summary>The services that it leads to; null: none.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyList<ServiceUpstream>? Upstreams { get; init; }

    public ServiceMeshGateway MeshGateway { get; init; } = new();

    public ServiceExpose Expose { get; init; } = new();
}
