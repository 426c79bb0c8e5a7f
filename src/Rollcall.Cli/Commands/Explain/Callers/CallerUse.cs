using System.Text.Json.Serialization;

namespace Rollcall.Cli.Commands.Explain.Callers;

/// <summary>One channel or client of a caller.</summary>
internal sealed record CallerUse
{
    /// <summary>What it asks for, as a target.</summary>
    [JsonPropertyName("query")]
    public required string Query { get; init; }

    [JsonPropertyName("source")]
    public required string Source { get; init; }

    /// <summary><c>fresh</c>, <c>stale</c>, <c>suspect</c>; null: it has no list yet.</summary>
    [JsonPropertyName("freshness")]
    public required string? Freshness { get; init; }

    [JsonPropertyName("ageSeconds")]
    public required double? AgeSeconds { get; init; }

    [JsonPropertyName("policy")]
    public required string Policy { get; init; }

    /// <summary>Where the policy comes from; null: the caller's own options, or its target.</summary>
    [JsonPropertyName("policyOrigin")]
    public required string? PolicyOrigin { get; init; }

    [JsonPropertyName("watchRestarts")]
    public required long WatchRestarts { get; init; }

    [JsonPropertyName("lastError")]
    public required string? LastError { get; init; }

    /// <summary>When the failure of <see cref="LastError"/> began.</summary>
    [JsonPropertyName("lastErrorSince")]
    public required DateTimeOffset? LastErrorSince { get; init; }

    /// <summary>Whether its watch fails at the moment; if not, the last failure is over.</summary>
    [JsonPropertyName("failing")]
    public required bool IsFailing { get; init; }

    [JsonPropertyName("moved")]
    public required long Moved { get; init; }

    [JsonPropertyName("retried")]
    public required long Retried { get; init; }

    [JsonPropertyName("hedged")]
    public required long Hedged { get; init; }

    /// <summary>How many instances its list has.</summary>
    [JsonPropertyName("listed")]
    public required int Listed { get; init; }

    /// <summary>How many of them calls go to.</summary>
    [JsonPropertyName("picked")]
    public required int Picked { get; init; }
}
