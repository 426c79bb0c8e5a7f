using System.Text;
using Rollcall.Discovery.Configuration;
using Rollcall.Discovery.Resilience;
using Rollcall.Grpc.Client.Internal;

namespace Rollcall.Fuzz.Targets;

/// <summary>Service configs, which come out of a store that others write to.</summary>
internal sealed class ServiceConfigTarget : IFuzzTarget
{
    private static readonly Random s_random = new(1);

    public string Name => "service-config";

    public IReadOnlyList<string> Tokens { get; } =
    [
        "{", "}", "[", "]", ":", ",", "\"", "null", "true", "0", "1e400", "\"NaN\"", "\\ud800", "\"methodConfig\":[", "\"name\":[{", "\"service\":\"", "\"method\":\"", "\"timeout\":\"1.5s\"", "\"waitForReady\":", "\"retryPolicy\":{",
        "\"maxAttempts\":", "\"initialBackoff\":\"", "\"maxBackoff\":\"", "\"backoffMultiplier\":", "\"retryableStatusCodes\":[", "\"retryableHttpStatusCodes\":[",
        "\"hedgingPolicy\":{", "\"hedgingDelay\":\"", "\"nonFatalStatusCodes\":[", "\"UNAVAILABLE\"", "\"retryThrottling\":{", "\"maxTokens\":", "\"tokenRatio\":",
        "\"loadBalancingConfig\":[{", "\"loadBalancingPolicy\":", "\"round_robin\":{}", "\"pick_first\":{", "\"shuffleAddressList\":", "GET /", "315576000000s", "-1",
    ];

    public int Run(byte[] input)
    {
        var json = Encoding.UTF8.GetString(input);
        if (!ServiceCallConfig.TryParse(json, out var config, out var faults))
        {
            BrokenInvariantException.Unless(!faults.IsEmpty && faults.All(static fault => fault.Problem.Length > 0), "faults are named");
            return -faults.Length;
        }

        BrokenInvariantException.Unless(faults.IsEmpty, "what is used has no fault");
        BrokenInvariantException.Unless(config.Balancing is not null == !config.BalancingChoices.IsEmpty, "a choice is made where there is one");
        foreach (var method in config.Methods)
        {
            Check(config, method);
        }

        // The classes of the gRPC client say the same, and can be written as JSON that is read again.
        var again = ServiceConfigs.ToCallConfig(ServiceConfigs.ToServiceConfig(config));
        BrokenInvariantException.Unless(
            again.Methods.Select(static m => (m.Timeout, m.WaitForReady, m.Retry?.MaxAttempts, m.Retry?.InitialBackoff, m.Hedging?.Delay))
                .SequenceEqual(config.Methods.Select(static m => (m.Timeout, m.WaitForReady, m.Retry?.MaxAttempts, m.Retry?.InitialBackoff, m.Hedging?.Delay))),
            "what it writes is what it read");
        return (config.Methods.Length * 64) + (config.BalancingChoices.Length * 8) + config.UnknownFields.Length + (config.RetryThrottling is null ? 0 : 4096);
    }

    private static void Check(ServiceCallConfig config, MethodCallConfig method)
    {
        BrokenInvariantException.Unless(!method.Names.IsEmpty, "settings are for something");
        BrokenInvariantException.Unless(method.Timeout is null || method.Timeout > TimeSpan.Zero, "a timeout is time");
        BrokenInvariantException.Unless(method.Retry is null || method.Hedging is null, "a method has one of the two");
        foreach (var name in method.Names)
        {
            config.FindMethod(name.Service ?? "", name.Method ?? "");
            config.FindRequest("GET", $"/{name.Service}/{name.Method}", out _);
        }

        if (method.Retry is { } retry)
        {
            var state = new RetryState(retry, null, s_random);
            for (var i = 0; i < 3 && state.TryNext(retryable: true, null, TimeSpan.MaxValue, out var delay); i++)
            {
                BrokenInvariantException.Unless(delay >= TimeSpan.Zero && delay <= TimeSpan.FromDays(1.2), "a timer can wait that long");
            }
        }
    }
}
