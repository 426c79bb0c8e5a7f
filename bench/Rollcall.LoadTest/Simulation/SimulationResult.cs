using System.Text.Json.Serialization;

namespace Rollcall.LoadTest.Simulation;

/// <summary>How a policy did.</summary>
internal sealed record SimulationResult(
    [property: JsonPropertyName("policy")] string Policy,
    [property: JsonPropertyName("p50Ms")] double P50Ms,
    [property: JsonPropertyName("p99Ms")] double P99Ms,
    [property: JsonPropertyName("skew")] double Skew,
    [property: JsonPropertyName("longestQueue")] int LongestQueue,
    [property: JsonPropertyName("lost")] int Lost,
    [property: JsonPropertyName("again")] int Again);
