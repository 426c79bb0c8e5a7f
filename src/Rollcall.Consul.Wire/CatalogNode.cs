using System.Text.Json.Serialization;

namespace Rollcall.Consul.Wire;

/// <summary>A node of the catalog.</summary>
public sealed record CatalogNode
{
    [JsonPropertyName("ID")]
    public string Id { get; init; } = "";

    public string Node { get; init; } = "";

    public string Address { get; init; } = "";

    public string Datacenter { get; init; } = "";

    public IReadOnlyDictionary<string, string>? TaggedAddresses { get; init; }

    public IReadOnlyDictionary<string, string>? Meta { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public Locality? Locality { get; init; }

    public ulong CreateIndex { get; init; }

    public ulong ModifyIndex { get; init; }
}
