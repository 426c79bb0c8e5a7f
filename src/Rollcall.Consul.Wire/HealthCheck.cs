using System.Text.Json.Serialization;

namespace Rollcall.Consul.Wire;

/// <summary>A check and its state, in every answer that carries checks.</summary>
public sealed record HealthCheck
{
    public string Node { get; init; } = "";

    [JsonPropertyName("CheckID")]
    public string CheckId { get; init; } = "";

    public string Name { get; init; } = "";

    /// <summary>One of <see cref="CheckStatus"/>.</summary>
    public string Status { get; init; } = "";

    public string Notes { get; init; } = "";

    public string Output { get; init; } = "";

    /// <summary>Empty for a check of the node itself.</summary>
    [JsonPropertyName("ServiceID")]
    public string ServiceId { get; init; } = "";

    public string ServiceName { get; init; } = "";

    public IReadOnlyList<string>? ServiceTags { get; init; } = [];

    /// <summary>What kind of probe it is (<c>ttl</c>, <c>http</c>, <c>tcp</c>, <c>grpc</c>, …); empty where Consul does not say.</summary>
    public string Type { get; init; } = "";

    public HealthCheckDefinition? Definition { get; init; } = new();

    public ulong CreateIndex { get; init; }

    public ulong ModifyIndex { get; init; }
}
