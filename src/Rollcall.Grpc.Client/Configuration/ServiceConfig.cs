namespace Rollcall.Grpc.Client.Configuration;

/// <summary>
/// What a channel does for the methods that it calls: retries, and how calls are spread. The names and the meaning are those of gRPC's
/// service config. Read once, when the channel is made.
/// </summary>
public sealed class ServiceConfig
{
    /// <summary>Settings for methods; the most specific name wins: method, then service, then the default.</summary>
    public IList<MethodConfig> MethodConfigs { get; } = [];

    /// <summary>Balancing policies in order of preference; the first that is known is used. Empty: the channel's default.</summary>
    public IList<LoadBalancingConfig> LoadBalancingConfigs { get; } = [];

    /// <summary>Stops retries while most calls fail. Null: retries are not throttled.</summary>
    public RetryThrottlingPolicy? RetryThrottling { get; set; }
}
