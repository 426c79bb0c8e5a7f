using System.Text.Json.Serialization;

namespace Rollcall.Consul.Wire;

/// <summary>A service inside a node: the <c>Service</c> of <c>health/service/:name</c>, the values of <c>catalog/node/:node</c>.</summary>
public sealed record NodeService
{
    /// <summary>One of <see cref="ServiceKind"/>; null: a service that is called by others.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Kind { get; init; }

    [JsonPropertyName("ID")]
    public string Id { get; init; } = "";

    public string Service { get; init; } = "";

    public IReadOnlyList<string>? Tags { get; init; } = [];

    public string Address { get; init; } = "";

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyDictionary<string, ServiceAddress>? TaggedAddresses { get; init; }

    public IReadOnlyDictionary<string, string>? Meta { get; init; }

    public int Port { get; init; }

    public ServiceWeights? Weights { get; init; } = new();

    public bool EnableTagOverride { get; init; }

    /// <summary>Null, or empty: it is no proxy.</summary>
    public ServiceProxy? Proxy { get; init; }

    /// <summary>Null, or empty: it takes no part in a service mesh by itself.</summary>
    public ServiceConnect? Connect { get; init; }

    /// <summary>It was registered with the service that it stands before, and is removed with it. An agent's own mark, and no part of Consul's answers.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public bool IsSidecar { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public Locality? Locality { get; init; }

    public ulong CreateIndex { get; init; }

    public ulong ModifyIndex { get; init; }
}
