using System.Text.Json;
using Grpc.Core;
using Rollcall.Discovery.Configuration;
using Rollcall.Discovery.Resilience;
using Rollcall.Grpc.Client.Configuration;

namespace Rollcall.Grpc.Client.Internal;

/// <summary>Between the classes that grpc-dotnet's users know and the checked form that is used.</summary>
internal static class ServiceConfigs
{
    /// <summary>Checks a config that was made in code.</summary>
    /// <exception cref="ArgumentException">It breaks a rule; the message names every fault by the properties' names.</exception>
    public static ServiceCallConfig ToCallConfig(ServiceConfig config)
    {
        var known = ServiceCallConfig.TryParse(ServiceConfigWriter.ToJson(config), out var checkedConfig, out var faults);
        var nameless = config.MethodConfigs
            .Select(static (method, index) => (method, index))
            .Where(static entry => entry.method.Names.Count == 0)
            .Select(static entry => new ServiceConfigFault($"methodConfig[{entry.index}]", "has no names; add MethodName.Default for every method"))
            .ToArray();
        return known && nameless.Length == 0
            ? checkedConfig!
            : throw new ArgumentException(
                ServiceConfigFault.Describe([.. faults.Concat(nameless).Select(static fault => fault with { Path = ToProperties(fault.Path) })]));
    }

    public static ServiceConfig ToServiceConfig(ServiceCallConfig config)
    {
        var result = new ServiceConfig
        {
            RetryThrottling = config.RetryThrottling is { } throttling
                ? new RetryThrottlingPolicy { MaxTokens = throttling.MaxTokens, TokenRatio = throttling.TokenRatio }
                : null,
        };
        foreach (var choice in config.BalancingChoices)
        {
            result.LoadBalancingConfigs.Add(ToLoadBalancing(choice));
        }

        foreach (var method in config.Methods)
        {
            result.MethodConfigs.Add(ToMethod(method));
        }

        return result;
    }

    private static LoadBalancingConfig ToLoadBalancing(BalancingChoice choice)
    {
        if (choice.Name == LoadBalancingConfig.PickFirstPolicyName)
        {
            return new PickFirstConfig
            {
                ShuffleAddressList = choice.Fields is { } fields
                    && fields.TryGetProperty("shuffleAddressList", out var shuffle)
                    && shuffle.ValueKind == JsonValueKind.True,
            };
        }

        return new LoadBalancingConfig(choice.Name) { Fields = choice.Fields };
    }

    private static MethodConfig ToMethod(MethodCallConfig method)
    {
        var result = new MethodConfig
        {
            WaitForReady = method.WaitForReady,
            Timeout = method.Timeout,
            MaxRequestMessageBytes = method.MaxRequestMessageBytes,
            MaxResponseMessageBytes = method.MaxResponseMessageBytes,
        };
        foreach (var name in method.Names)
        {
            result.Names.Add(new MethodName { Service = name.Service, Method = name.Method });
        }

        if (method.Retry is { } retry)
        {
            result.RetryPolicy = new RetryPolicy
            {
                MaxAttempts = retry.MaxAttempts,
                InitialBackoff = retry.InitialBackoff,
                MaxBackoff = retry.MaxBackoff,
                BackoffMultiplier = retry.BackoffMultiplier,
            };
            AddTo(result.RetryPolicy.RetryableStatusCodes, retry.Retryable);
        }

        if (method.Hedging is { } hedging)
        {
            result.HedgingPolicy = new HedgingPolicy { MaxAttempts = hedging.MaxAttempts, HedgingDelay = hedging.Delay };
            AddTo(result.HedgingPolicy.NonFatalStatusCodes, hedging.NonFatal);
        }

        return result;
    }

    private static void AddTo(IList<StatusCode> codes, IEnumerable<CallStatus> statuses)
    {
        foreach (var status in statuses)
        {
            codes.Add((StatusCode)status);
        }
    }

    /// <summary><c>methodConfig[0].retryPolicy</c> is <c>MethodConfigs[0].RetryPolicy</c> in code.</summary>
    private static string ToProperties(string path) => string.Join('.', path.Split('.', StringSplitOptions.RemoveEmptyEntries).Select(ToProperty));

    private static string ToProperty(string field)
    {
        var bracket = field.IndexOf('[', StringComparison.Ordinal);
        var (name, index) = bracket < 0 ? (field, "") : (field[..bracket], field[bracket..]);
        var plural = name is "methodConfig" or "name" or "loadBalancingConfig" ? "s" : "";
        return $"{char.ToUpperInvariant(name[0])}{name[1..]}{plural}{index}";
    }
}
