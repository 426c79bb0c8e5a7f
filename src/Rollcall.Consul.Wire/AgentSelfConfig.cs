using System.Text.Json.Serialization;

namespace Rollcall.Consul.Wire;

/// <summary>The <c>Config</c> of <c>agent/self</c>.</summary>
public sealed record AgentSelfConfig
{
    public string Datacenter { get; init; } = "";

    public string NodeName { get; init; } = "";

    [JsonPropertyName("NodeID")]
    public string NodeId { get; init; } = "";

    public string Revision { get; init; } = "";

    public bool Server { get; init; }

    public string Version { get; init; } = "";
}
