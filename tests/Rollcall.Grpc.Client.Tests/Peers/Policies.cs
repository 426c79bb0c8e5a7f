using Grpc.Core;
using Rollcall.Grpc.Client.Configuration;

namespace Rollcall.Grpc.Client.Tests;

/// <summary>Service configs for tests.</summary>
internal static class Policies
{
    /// <summary>Retries every method at once.</summary>
    public static ServiceConfig Retry(int attempts = 5, double backoffMs = 1, params StatusCode[] codes)
    {
        var policy = new RetryPolicy
        {
            MaxAttempts = attempts,
            InitialBackoff = TimeSpan.FromMilliseconds(backoffMs),
            MaxBackoff = TimeSpan.FromMilliseconds(backoffMs * 10),
            BackoffMultiplier = 2,
        };
        foreach (var code in codes.Length == 0 ? [StatusCode.Unavailable] : codes)
        {
            policy.RetryableStatusCodes.Add(code);
        }

        var method = new MethodConfig { RetryPolicy = policy };
        method.Names.Add(MethodName.Default);
        var config = new ServiceConfig();
        config.MethodConfigs.Add(method);
        return config;
    }

    /// <summary>Hedges every method.</summary>
    public static ServiceConfig Hedge(int attempts, TimeSpan delay, params StatusCode[] nonFatal)
    {
        var policy = new HedgingPolicy { MaxAttempts = attempts, HedgingDelay = delay };
        foreach (var code in nonFatal)
        {
            policy.NonFatalStatusCodes.Add(code);
        }

        return new ServiceConfig { MethodConfigs = { new MethodConfig { Names = { MethodName.Default }, HedgingPolicy = policy } } };
    }
}
