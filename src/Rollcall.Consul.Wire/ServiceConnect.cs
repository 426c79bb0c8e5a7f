using System.Text.Json.Serialization;

namespace Rollcall.Consul.Wire;

/// <summary>How a service takes part in a service mesh by itself.</summary>
public sealed record ServiceConnect
{
    /// <summary>It needs no proxy.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public bool Native { get; init; }
}
