namespace Rollcall.Grpc.Client.Configuration;

/// <summary>Takes endpoints in turn.</summary>
public sealed class RoundRobinConfig() : LoadBalancingConfig(RoundRobinPolicyName);
