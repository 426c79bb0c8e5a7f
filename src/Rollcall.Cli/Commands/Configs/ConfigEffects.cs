using System.Globalization;
using System.Text.Json;
using Rollcall.Discovery.Balancing;
using Rollcall.Discovery.Configuration;
using Rollcall.Discovery.Resilience;

namespace Rollcall.Cli.Commands.Configs;

/// <summary>Says what a service config does, so that one sees whether it is what was meant.</summary>
internal static class ConfigEffects
{
    public static IReadOnlyList<string> Of(ServiceCallConfig config)
    {
        List<string> effects = [.. DescribeBalancing(config)];
        effects.AddRange(config.Methods.Select(Describe));
        if (config.RetryThrottling is { } throttling)
        {
            effects.Add(string.Create(CultureInfo.InvariantCulture, $"retries stop while {throttling.MaxTokens} tokens are half used; a success gives back {throttling.TokenRatio}"));
        }

        return effects;
    }

    /// <summary>The policy, then each stage in front of it, with what is set. What isn't is as the callers' own options say.</summary>
    private static List<string> DescribeBalancing(ServiceCallConfig config)
    {
        var choice = config.BalancingChoices.FirstOrDefault(static choice => BalancingConfig.IsKnown(choice.Name));
        if (choice.Name is null)
        {
            return ["balancing: as the callers' own options say"];
        }

        List<string> stages = [];
        while (!BalancingPolicies.IsKnown(choice.Name))
        {
            var fields = choice.Fields!.Value.EnumerateObject().ToList();
            var children = fields.Find(static field => IsChild(field)).Value;
            var own = fields.Where(static field => !IsChild(field));
            if (choice.Name == "stages")
            {
                stages.AddRange(own.Select(static stage => $"before that, {Setting(stage, ": ")}"));
            }
            else
            {
                stages.Add($"before that, {choice.Name}: {Settings(own)}");
            }

            // The first that is known, as callers read it.
            var child = children.EnumerateArray()
                .Where(static entry => entry.ValueKind == JsonValueKind.Object && entry.GetPropertyCount() == 1)
                .Select(static entry => entry.EnumerateObject().First())
                .First(static entry => BalancingConfig.IsKnown(entry.Name));
            choice = new BalancingChoice(child.Name, child.Value);
        }

        var settings = choice.Fields is { ValueKind: JsonValueKind.Object } set ? Settings(set.EnumerateObject()) : "";
        stages.Insert(0, $"balancing: {choice.Name}{(settings.Length == 0 ? "" : $", {settings}")}");
        return stages;

        static bool IsChild(JsonProperty field) => field.Name is "childPolicy" or "child_policy";
    }

    private static string Settings(IEnumerable<JsonProperty> fields) => string.Join(", ", fields.Select(static field => Setting(field, " ")));

    private static string Setting(JsonProperty field, string between) => field.Value.ValueKind switch
    {
        JsonValueKind.Object when between == " " => $"{field.Name} ({Settings(field.Value.EnumerateObject())})",
        JsonValueKind.Object => $"{field.Name}{between}{Settings(field.Value.EnumerateObject())}",
        JsonValueKind.Array => $"{field.Name} {string.Join(" and ", field.Value.EnumerateArray())}",
        _ => $"{field.Name} {field.Value}",
    };

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
