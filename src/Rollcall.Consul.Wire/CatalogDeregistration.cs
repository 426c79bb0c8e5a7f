using System.Text.Json.Serialization;

namespace Rollcall.Consul.Wire;

/// <summary>The body of <c>catalog/deregister</c>: a node, or one of its services or checks.</summary>
public sealed record CatalogDeregistration
{
    public string Node { get; init; } = "";

    public string? Datacenter { get; init; }

    [JsonPropertyName("ServiceID")]
    public string? ServiceId { get; init; }

    [JsonPropertyName("CheckID")]
    public string? CheckId { get; init; }
}
