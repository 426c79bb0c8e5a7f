namespace Rollcall.Grpc.Client.Configuration;

/// <summary>Takes the first endpoint and stays with it while it lives.</summary>
public sealed class PickFirstConfig() : LoadBalancingConfig(PickFirstPolicyName)
{
    /// <summary>Starts at a random endpoint instead of the first, so that many clients do not all use the same one (gRFC A62).</summary>
    /// <value>Default false.</value>
    public bool ShuffleAddressList { get; init; }
}
