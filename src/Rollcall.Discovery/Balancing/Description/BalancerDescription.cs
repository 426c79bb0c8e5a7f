using System.Collections.Immutable;
using Rollcall.Discovery.Configuration.Live;

namespace Rollcall.Discovery.Balancing.Stages;

/// <summary>What a balancer does with its list at one moment, for explanations and dashboards. Immutable.</summary>
public sealed record BalancerDescription
{
    /// <summary>The policy's name.</summary>
    public required string Policy { get; init; }

    /// <summary>Where the policy and its settings come from, such as a key in the KV store; null: the caller's own options, or its target.</summary>
    public string? PolicyOrigin { get; init; }

    /// <summary>What is known of the live service config that the caller goes by; null: it follows none.</summary>
    public ServiceConfigState? ServiceConfig { get; init; }

    /// <summary>Every endpoint of the list that is picked from, in its order; empty while no list is known.</summary>
    public required ImmutableArray<EndpointDescription> Endpoints { get; init; }

    /// <summary>The attempts that were followed by another one.</summary>
    public RetryCounts Retries { get; init; }

    /// <summary>The groups of equally near endpoints, nearest first.</summary>
    public required ImmutableArray<LocalityDescription> Localities { get; init; }
}
