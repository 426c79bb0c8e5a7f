using Rollcall.Discovery.Balancing;

namespace Rollcall.Discovery.Configuration;

/// <summary>How calls to a service are spread. Immutable as long as nobody changes the options.</summary>
/// <param name="Policy">The policy.</param>
/// <param name="Options">The stages before the policy.</param>
public sealed record ConfiguredBalancing(IBalancingPolicy Policy, ServiceBalancerOptions Options);
