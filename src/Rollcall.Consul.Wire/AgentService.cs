using System.Text.Json.Serialization;

namespace Rollcall.Consul.Wire;

/// <summary>A service as its own agent tells it: <c>agent/services</c>, <c>agent/service/:id</c>.</summary>
public sealed record AgentService
{
    /// <summary>One of <see cref="ServiceKind"/>; null: a service that is called by others.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Kind { get; init; }

    [JsonPropertyName("ID")]
    public string Id { get; init; } = "";

    public string Service { get; init; } = "";

    public IReadOnlyList<string> Tags { get; init; } = [];

    public IReadOnlyDictionary<string, string> Meta { get; init; } = new Dictionary<string, string>();

    public int Port { get; init; }

    public string Address { get; init; } = "";

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyDictionary<string, ServiceAddress>? TaggedAddresses { get; init; }

    public ServiceWeights Weights { get; init; } = new();

    public bool EnableTagOverride { get; init; }

    /// <summary>Only in <c>agent/service/:id</c>: the hash that its hash-based blocking query waits on.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? ContentHash { get; init; }

    /// <summary>Null: it is no proxy.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public ServiceProxy? Proxy { get; init; }

    /// <summary>Null: it takes no part in a service mesh by itself.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public ServiceConnect? Connect { get; init; }
}
