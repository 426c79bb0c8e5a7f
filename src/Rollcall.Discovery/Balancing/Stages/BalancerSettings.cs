namespace Rollcall.Discovery.Balancing.Stages;

/// <summary>What a balancer goes by. Immutable: the options are the balancer's own copy.</summary>
internal sealed record BalancerSettings(IBalancingPolicy Policy, ServiceBalancerOptions Options);
