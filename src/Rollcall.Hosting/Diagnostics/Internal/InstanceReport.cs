using System.Text.Json;
using Rollcall.Discovery.Balancing.Stages;

namespace Rollcall.Hosting.Diagnostics;

/// <summary>What one caller makes of one instance. Immutable.</summary>
internal sealed record InstanceReport
{
    public required string Id { get; init; }

    public required string Address { get; init; }

    public required string? Node { get; init; }

    public required string? Datacenter { get; init; }

    public required string? Zone { get; init; }

    public required IReadOnlyList<string> Tags { get; init; }

    public required int Weight { get; init; }

    /// <summary>As <see cref="EndpointStanding"/>: <c>picked</c>, <c>ejected</c>, …</summary>
    public required string Standing { get; init; }

    public required bool IsPicked { get; init; }

    public required string? Reason { get; init; }

    public required DateTimeOffset? Until { get; init; }

    public required string? Locality { get; init; }

    public required double WarmUpFactor { get; init; }

    public required long Picks { get; init; }

    public required int InFlight { get; init; }

    public required int? InFlightLimit { get; init; }

    public required double? SuccessRate { get; init; }

    public required double? LatencyMs { get; init; }

    public static InstanceReport Of(EndpointDescription described) => new()
    {
        Id = described.Endpoint.Id,
        Address = described.Endpoint.Authority,
        Node = described.Endpoint.Node,
        Datacenter = described.Endpoint.Datacenter,
        Zone = described.Endpoint.Zone,
        Tags = described.Endpoint.Tags,
        Weight = described.Endpoint.Weight,
        Standing = JsonNamingPolicy.CamelCase.ConvertName(described.Standing.ToString()),
        IsPicked = described.IsPicked,
        Reason = described.Reason,
        Until = described.Until,
        Locality = described.Locality,
        WarmUpFactor = described.WarmUpFactor,
        Picks = described.Picks,
        InFlight = described.InFlight,
        InFlightLimit = described.InFlightLimit,
        SuccessRate = described.SuccessRate,
        LatencyMs = (described.MedianLatency ?? described.AverageLatency)?.TotalMilliseconds,
    };
}
