using System.Text.Json.Serialization;

namespace Rollcall.Consul.Wire;

/// <summary>One instance in <c>catalog/service/:name</c>: node and service side by side.</summary>
public sealed record CatalogService
{
    /// <summary>The node's id.</summary>
    [JsonPropertyName("ID")]
    public string NodeId { get; init; } = "";

    public string Node { get; init; } = "";

    /// <summary>The node's address; the instance's own is <see cref="ServiceAddress"/>.</summary>
    public string Address { get; init; } = "";

    public string Datacenter { get; init; } = "";

    public IReadOnlyDictionary<string, string>? TaggedAddresses { get; init; }

    public IReadOnlyDictionary<string, string>? NodeMeta { get; init; }

    /// <summary>Empty, or one of <see cref="Wire.ServiceKind"/>.</summary>
    public string ServiceKind { get; init; } = "";

    [JsonPropertyName("ServiceID")]
    public string ServiceId { get; init; } = "";

    public string ServiceName { get; init; } = "";

    public IReadOnlyList<string>? ServiceTags { get; init; } = [];

    public string ServiceAddress { get; init; } = "";

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyDictionary<string, ServiceAddress>? ServiceTaggedAddresses { get; init; }

    public ServiceWeights? ServiceWeights { get; init; } = new();

    public IReadOnlyDictionary<string, string>? ServiceMeta { get; init; } = new Dictionary<string, string>();

    public int ServicePort { get; init; }

    public bool ServiceEnableTagOverride { get; init; }

    /// <summary>Null, or empty: it is no proxy.</summary>
    public ServiceProxy? ServiceProxy { get; init; }

    /// <summary>Null, or empty: it takes no part in a service mesh by itself.</summary>
    public ServiceConnect? ServiceConnect { get; init; }

    public ulong CreateIndex { get; init; }

    public ulong ModifyIndex { get; init; }
}
