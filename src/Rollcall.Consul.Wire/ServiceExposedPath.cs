using System.Text.Json.Serialization;

namespace Rollcall.Consul.Wire;

/// <summary>A path that a proxy lets through.</summary>
public sealed record ServiceExposedPath
{
    /// <summary>Where the proxy listens for it.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public int ListenerPort { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Path { get; init; }

    /// <summary>Where the service listens.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public int LocalPathPort { get; init; }

    /// <summary><c>http</c> or <c>http2</c>; null: the former.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Protocol { get; init; }

    /// <summary>It came of a check.</summary>
    public bool ParsedFromCheck { get; init; }
}
