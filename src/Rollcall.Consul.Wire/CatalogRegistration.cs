using System.Text.Json.Serialization;

namespace Rollcall.Consul.Wire;

/// <summary>The body of <c>catalog/register</c>: a node, with at most one service and any checks.</summary>
public sealed record CatalogRegistration
{
    [JsonPropertyName("ID")]
    public string? Id { get; init; }

    public string Node { get; init; } = "";

    public string Address { get; init; } = "";

    public string? Datacenter { get; init; }

    public IReadOnlyDictionary<string, string>? TaggedAddresses { get; init; }

    public IReadOnlyDictionary<string, string>? NodeMeta { get; init; }

    public NodeService? Service { get; init; }

    public HealthCheck? Check { get; init; }

    public IReadOnlyList<HealthCheck>? Checks { get; init; }

    public bool? SkipNodeUpdate { get; init; }
}
