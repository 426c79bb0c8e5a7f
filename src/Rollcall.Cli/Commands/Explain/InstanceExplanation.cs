using System.Text.Json.Serialization;
using Rollcall.Cli.Commands.Explain.Callers;

namespace Rollcall.Cli.Commands.Explain;

/// <summary>One registered instance, and why calls go to it or not.</summary>
internal sealed record InstanceExplanation
{
    [JsonPropertyName("id")]
    public required string Id { get; init; }

    [JsonPropertyName("address")]
    public required string Address { get; init; }

    [JsonPropertyName("node")]
    public required string Node { get; init; }

    /// <summary>The worst of its checks.</summary>
    [JsonPropertyName("status")]
    public required string Status { get; init; }

    /// <summary>Whether calls by this name go to it.</summary>
    [JsonPropertyName("called")]
    public required bool IsCalled { get; init; }

    /// <summary>Whether it accepts a connection from here; null: not tried.</summary>
    [JsonPropertyName("reachable")]
    public required bool? IsReachable { get; init; }

    /// <summary>What each channel or client of the caller makes of it; null: no caller was asked.</summary>
    [JsonPropertyName("caller")]
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyList<InstanceUse>? Caller { get; init; }

    [JsonPropertyName("findings")]
    public required IReadOnlyList<Finding> Findings { get; init; }
}
