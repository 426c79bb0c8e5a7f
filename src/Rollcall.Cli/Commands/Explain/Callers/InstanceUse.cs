using System.Text.Json.Serialization;

namespace Rollcall.Cli.Commands.Explain.Callers;

/// <summary>What one channel or client of a caller makes of one instance.</summary>
internal sealed record InstanceUse
{
    /// <summary>As <see cref="CallerUse.Query"/>.</summary>
    [JsonPropertyName("query")]
    public required string Query { get; init; }

    /// <summary><c>picked</c>, <c>warming</c>, <c>full</c>, <c>standBy</c>, <c>ejected</c>, <c>coolingDown</c>, <c>outsideSubset</c>; null: its list does not have it.</summary>
    [JsonPropertyName("standing")]
    public required string? Standing { get; init; }

    /// <summary>Whether its ordinary calls go there.</summary>
    [JsonPropertyName("picked")]
    public required bool IsPicked { get; init; }

    [JsonPropertyName("reason")]
    public required string? Reason { get; init; }

    [JsonPropertyName("until")]
    public required DateTimeOffset? Until { get; init; }

    [JsonPropertyName("picks")]
    public required long Picks { get; init; }

    [JsonPropertyName("inFlight")]
    public required int InFlight { get; init; }

    [JsonPropertyName("inFlightLimit")]
    public required int? InFlightLimit { get; init; }

    [JsonPropertyName("latencyMs")]
    public required double? LatencyMs { get; init; }
}
