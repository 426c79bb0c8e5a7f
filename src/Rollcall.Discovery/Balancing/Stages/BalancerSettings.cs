using Rollcall.Discovery.Balancing.Canary;

namespace Rollcall.Discovery.Balancing.Stages;

/// <summary>What a balancer goes by. Immutable: the options are the balancer's own copy.</summary>
internal sealed record BalancerSettings(IBalancingPolicy Policy, ServiceBalancerOptions Options)
{
    /// <summary>What makes the pickers: the policy, for each side of a rule where there is one.</summary>
    public IBalancingPolicy PickerPolicy { get; } = Options.Canary is { } rule ? new CanaryPolicy(Policy, rule) : Policy;

    /// <summary>What calls are hashed by; null: by nothing.</summary>
    public HashKeySource? HashKey { get; } = Policy.HashKey ?? Options.HashKey;

    /// <summary>Whether a pick goes by what the call is.</summary>
    public bool LooksAtCalls => HashKey is not null || Options.Canary is { Header: not null };
}
