using Grpc.Core;
using Rollcall.Grpc.Client.Configuration;

namespace Rollcall.Grpc.Client.Internal;

/// <summary>The rules of gRPC's service config (service_config.proto) beyond the types of its fields.</summary>
internal sealed class ServiceConfigRules(ConfigFaults faults)
{
    private readonly HashSet<string> _names = new(StringComparer.Ordinal);

    /// <summary>Checks a config that was made in code.</summary>
    /// <exception cref="ArgumentException">It breaks a rule; the message names every fault.</exception>
    public static void Check(ServiceConfig config)
    {
        var faults = new ConfigFaults(fromJson: false);
        var rules = new ServiceConfigRules(faults);
        for (var i = 0; i < config.MethodConfigs.Count; i++)
        {
            var path = $"methodConfig[{i}]";
            rules.CheckMethod(config.MethodConfigs[i], path);
            if (config.MethodConfigs[i].Names.Count == 0)
            {
                faults.Add(path, "has no names; add MethodName.Default for every method");
            }
        }

        if (config.RetryThrottling is { } throttling)
        {
            rules.CheckThrottling(throttling, "retryThrottling");
        }

        if (faults.Describe() is { } message)
        {
            throw new ArgumentException(message);
        }
    }

    /// <summary>Checks one entry; names must differ from those of the entries before.</summary>
    public void CheckMethod(MethodConfig method, string path)
    {
        for (var i = 0; i < method.Names.Count; i++)
        {
            CheckName(method.Names[i], $"{path}.name[{i}]");
        }

        Require(method.Timeout is null || method.Timeout > TimeSpan.Zero, $"{path}.timeout", "must be more than zero");
        Require(method.MaxRequestMessageBytes is null or >= 0, $"{path}.maxRequestMessageBytes", "must not be negative");
        Require(method.MaxResponseMessageBytes is null or >= 0, $"{path}.maxResponseMessageBytes", "must not be negative");
        if (method.RetryPolicy is { } retry)
        {
            CheckRetry(retry, $"{path}.retryPolicy");
        }

        if (method.HedgingPolicy is { } hedging)
        {
            Require(method.RetryPolicy is null, $"{path}.hedgingPolicy", "stands beside a retryPolicy; a method has one of the two");
            CheckHedging(hedging, $"{path}.hedgingPolicy");
        }
    }

    public void CheckThrottling(RetryThrottlingPolicy throttling, string path)
    {
        Require(throttling.MaxTokens is >= 1 and <= 1000, $"{path}.maxTokens", "must be from 1 to 1000, for example 10");
        Require(throttling.TokenRatio is >= 0.001 and <= 1000, $"{path}.tokenRatio", "must be from 0.001 to 1000, for example 0.1");
    }

    private void CheckName(MethodName name, string path)
    {
        if (string.IsNullOrEmpty(name.Service) && !string.IsNullOrEmpty(name.Method))
        {
            faults.Add(path, $"names the method '{name.Method}' without its service, which is for example greet.Greeter");
        }
        else if (!_names.Add($"{name.Service}/{name.Method}"))
        {
            faults.Add(path, string.IsNullOrEmpty(name.Service)
                ? "names the default of all methods twice"
                : $"names '{name.Service}/{name.Method}' twice");
        }
    }

    private void CheckRetry(RetryPolicy policy, string path)
    {
        Require(policy.MaxAttempts >= 2, $"{path}.maxAttempts", "must be 2 or more; the first attempt counts");
        Require(policy.InitialBackoff > TimeSpan.Zero, $"{path}.initialBackoff", "must be more than zero");
        Require(policy.MaxBackoff > TimeSpan.Zero, $"{path}.maxBackoff", "must be more than zero");
        Require(
            policy.BackoffMultiplier is { } multiplier && multiplier > 0 && !double.IsInfinity(multiplier),
            $"{path}.backoffMultiplier", "must be more than zero, for example 2");
        Require(policy.RetryableStatusCodes.Count > 0, $"{path}.retryableStatusCodes", "must name a status, for example Unavailable");
        CheckCodes(policy.RetryableStatusCodes, $"{path}.retryableStatusCodes");
    }

    private void CheckHedging(HedgingPolicy policy, string path)
    {
        Require(policy.MaxAttempts >= 2, $"{path}.maxAttempts", "must be 2 or more; the first attempt counts");
        Require(policy.HedgingDelay is null || policy.HedgingDelay >= TimeSpan.Zero, $"{path}.hedgingDelay", "must not be negative");
        CheckCodes(policy.NonFatalStatusCodes, $"{path}.nonFatalStatusCodes");
    }

    private void CheckCodes(IList<StatusCode> codes, string path)
    {
        for (var i = 0; i < codes.Count; i++)
        {
            Require(
                codes[i] is > StatusCode.OK and <= StatusCode.Unauthenticated,
                $"{path}[{i}]", $"is {codes[i]}, which is not an error that a call ends with");
        }
    }

    private void Require(bool holds, string path, string fault)
    {
        if (!holds)
        {
            faults.Add(path, fault);
        }
    }
}
