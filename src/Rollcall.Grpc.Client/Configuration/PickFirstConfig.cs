namespace Rollcall.Grpc.Client.Configuration;

/// <summary>Takes the first endpoint and stays with it while it lives.</summary>
public sealed class PickFirstConfig() : LoadBalancingConfig(PickFirstPolicyName);
