using System.Text.Json.Serialization;

namespace Rollcall.Consul.Wire;

/// <summary>What a proxy lets through to callers outside the service mesh.</summary>
public sealed record ServiceExpose
{
    /// <summary>All HTTP and gRPC checks of the service.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public bool Checks { get; init; }

    /// <summary>Null: none.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyList<ServiceExposedPath>? Paths { get; init; }
}
