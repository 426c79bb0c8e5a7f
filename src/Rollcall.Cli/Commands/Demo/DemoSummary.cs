using System.Text.Json.Serialization;

namespace Rollcall.Cli.Commands.Demo;

/// <summary>The outcome of a run, as <c>--json</c> prints it.</summary>
internal sealed record DemoSummary
{
    /// <summary>Calls made, each counted once however many attempts it took.</summary>
    [JsonPropertyName("calls")]
    public required long Calls { get; init; }

    /// <summary>Calls that ended without an answer.</summary>
    [JsonPropertyName("failed")]
    public required long Failed { get; init; }

    /// <summary>Attempts that got no answer and were followed by another one on another instance.</summary>
    [JsonPropertyName("retried")]
    public required long Retried { get; init; }

    /// <summary>Instances that run at a time.</summary>
    [JsonPropertyName("instances")]
    public required int Instances { get; init; }

    [JsonPropertyName("killed")]
    public required int Killed { get; init; }

    /// <summary>Calls answered, by instance; the killed one and its replacement included.</summary>
    [JsonPropertyName("perInstance")]
    public required IReadOnlyDictionary<string, long> PerInstance { get; init; }

    [JsonPropertyName("p50Ms")]
    public required double P50Ms { get; init; }

    [JsonPropertyName("p99Ms")]
    public required double P99Ms { get; init; }

    /// <summary>From the kill to the first answer of the replacement; null if there was none.</summary>
    [JsonPropertyName("recoveredMs")]
    public required double? RecoveredMs { get; init; }

    public static DemoSummary Of(DemoTally tally, int instances) => new()
    {
        Calls = tally.Calls,
        Failed = tally.Failed,
        Retried = tally.Retried,
        Instances = instances,
        Killed = tally.Killed,
        PerInstance = tally.Instances.ToDictionary(static instance => instance.Id, static instance => instance.Calls),
        P50Ms = Math.Round(tally.P50.TotalMilliseconds, 2),
        P99Ms = Math.Round(tally.P99.TotalMilliseconds, 2),
        RecoveredMs = tally.Recovered is { } recovered ? Math.Round(recovered.TotalMilliseconds) : null,
    };
}
