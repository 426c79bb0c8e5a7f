using System.Text.Json.Serialization;

namespace Rollcall.Consul.Wire;

/// <summary>The body of <c>agent/service/register</c>. What is null is not sent.</summary>
public sealed record ServiceRegistration
{
    /// <summary>Null: the name.</summary>
    [JsonPropertyName("ID")]
    public string? Id { get; init; }

    public string Name { get; init; } = "";

    public IReadOnlyList<string>? Tags { get; init; }

    /// <summary>Null or empty: callers use the address of the agent's node.</summary>
    public string? Address { get; init; }

    public int Port { get; init; }

    public IReadOnlyDictionary<string, string>? Meta { get; init; }

    public IReadOnlyDictionary<string, ServiceAddress>? TaggedAddresses { get; init; }

    public ServiceWeights? Weights { get; init; }

    public bool? EnableTagOverride { get; init; }

    public CheckDefinition? Check { get; init; }

    public IReadOnlyList<CheckDefinition>? Checks { get; init; }
}
