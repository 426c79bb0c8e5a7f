using System.Globalization;
using Rollcall.Discovery.Configuration;
using Rollcall.Discovery.Resilience;

namespace Rollcall.Cli.Commands.Configs;

/// <summary>Says what a service config does, so that one sees whether it is what was meant.</summary>
internal static class ConfigEffects
{
    public static IReadOnlyList<string> Of(ServiceCallConfig config)
    {
        List<string> effects = [config.Balancing is { } policy ? $"balancing: {policy.Name}" : "balancing: as the callers' own options say"];
        effects.AddRange(config.Methods.Select(Describe));
        if (config.RetryThrottling is { } throttling)
        {
            effects.Add(string.Create(CultureInfo.InvariantCulture, $"retries stop while {throttling.MaxTokens} tokens are half used; a success gives back {throttling.TokenRatio}"));
        }

        return effects;
    }

    private static string Describe(MethodCallConfig method)
    {
        var names = string.Join(", ", method.Names.Select(Name));
        List<string> said = [];
        Add(method.Timeout is { } timeout ? $"timeout {Seconds(timeout)}" : null);
        Add(method.Retry is { } retry ? Describe(retry) : null);
        Add(method.Hedging is { } hedging ? $"up to {hedging.MaxAttempts} copies, {Seconds(hedging.Delay)} apart" : null);
        Add(method.WaitForReady is { } waits ? waits ? "waits for an instance" : "fails at once without an instance" : null);
        Add(method.MaxRequestMessageBytes is { } request ? $"requests up to {request} bytes" : null);
        Add(method.MaxResponseMessageBytes is { } response ? $"responses up to {response} bytes" : null);
        return $"{names}: {(said.Count == 0 ? "nothing" : string.Join("; ", said))}";

        void Add(string? words)
        {
            if (words is not null)
            {
                said.Add(words);
            }
        }
    }

    private static string Describe(RetrySettings retry) =>
        $"up to {retry.MaxAttempts} attempts, {Seconds(retry.InitialBackoff)} to {Seconds(retry.MaxBackoff)} apart";

    private static string Name(CallName name) => (name.Service, name.Method) switch
    {
        (null or "", _) => "all calls",
        (var service, null or "") => service.StartsWith('/') || service.Contains(' ', StringComparison.Ordinal) ? service : $"{service}/*",
        var (service, method) => $"{service}/{method}",
    };

    private static string Seconds(TimeSpan time) => string.Create(CultureInfo.InvariantCulture, $"{time.TotalSeconds:0.######} s");
}
