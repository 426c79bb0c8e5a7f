using System.Text.Json.Serialization;

namespace Rollcall.Consul.Wire;

/// <summary>How calls to other datacenters go.</summary>
public sealed record ServiceMeshGateway
{
    /// <summary><c>none</c>, <c>local</c> or <c>remote</c>; null: as it is configured for all.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Mode { get; init; }
}
