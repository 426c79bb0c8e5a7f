using System.Text.Json;
using Rollcall.Discovery.Balancing;
using Rollcall.Grpc.Client.Configuration;

namespace Rollcall.Grpc.Client.Internal;

/// <summary>Reads a service config from JSON. Everything that is wrong goes to the faults; what is returned then is of no use.</summary>
internal sealed class ServiceConfigReader(ConfigFaults faults)
{
    private readonly ServiceConfigRules _rules = new(faults);

    public ServiceConfig Read(string json)
    {
        var config = new ServiceConfig();
        try
        {
            using var document = JsonDocument.Parse(json, new JsonDocumentOptions { AllowDuplicateProperties = false });
            if (document.RootElement.ValueKind == JsonValueKind.Object)
            {
                ReadInto(config, new JsonConfig(document.RootElement, "", faults));
            }
            else
            {
                faults.Add("", "must be a JSON object");
            }
        }
        catch (JsonException e)
        {
            faults.Add("", $"is not JSON: {e.Message.TrimEnd('.')}");
        }

        return config;
    }

    private void ReadInto(ServiceConfig config, JsonConfig root)
    {
        ReadLoadBalancing(config, root);
        foreach (var entry in root.GetObjects("methodConfig"))
        {
            var method = ReadMethod(entry);
            _rules.CheckMethod(method, entry.Path);

            // An entry without names is skipped, says the specification.
            if (method.Names.Count > 0)
            {
                config.MethodConfigs.Add(method);
            }
        }

        if (root.GetObject("retryThrottling") is { } throttling)
        {
            config.RetryThrottling = new RetryThrottlingPolicy
            {
                MaxTokens = throttling.GetCount("maxTokens"),
                TokenRatio = throttling.GetNumber("tokenRatio"),
            };
            _rules.CheckThrottling(config.RetryThrottling, throttling.Path);
        }
    }

    private static MethodConfig ReadMethod(JsonConfig entry)
    {
        var method = new MethodConfig
        {
            WaitForReady = entry.GetBool("waitForReady"),
            Timeout = entry.GetDuration("timeout"),
            MaxRequestMessageBytes = entry.GetCount("maxRequestMessageBytes"),
            MaxResponseMessageBytes = entry.GetCount("maxResponseMessageBytes"),
        };
        foreach (var name in entry.GetObjects("name"))
        {
            method.Names.Add(new MethodName { Service = name.GetText("service"), Method = name.GetText("method") });
        }

        if (entry.GetObject("retryPolicy") is { } retry)
        {
            method.RetryPolicy = new RetryPolicy
            {
                MaxAttempts = retry.GetCount("maxAttempts"),
                InitialBackoff = retry.GetDuration("initialBackoff"),
                MaxBackoff = retry.GetDuration("maxBackoff"),
                BackoffMultiplier = retry.GetNumber("backoffMultiplier"),
            };
            retry.AddCodes("retryableStatusCodes", method.RetryPolicy.RetryableStatusCodes);
        }

        if (entry.GetObject("hedgingPolicy") is { } hedging)
        {
            method.HedgingPolicy = new HedgingPolicy
            {
                MaxAttempts = hedging.GetCount("maxAttempts"),
                HedgingDelay = hedging.GetDuration("hedgingDelay"),
            };
            hedging.AddCodes("nonFatalStatusCodes", method.HedgingPolicy.NonFatalStatusCodes);
        }

        return method;
    }

    private void ReadLoadBalancing(ServiceConfig config, JsonConfig root)
    {
        foreach (var entry in root.GetObjects("loadBalancingConfig"))
        {
            if (entry.Names.ToArray() is not [{ Length: > 0 } name])
            {
                faults.Add(entry.Path, "must have exactly one field, the policy's name");
            }
            else if (entry.GetObject(name) is { } policy)
            {
                config.LoadBalancingConfigs.Add(name == LoadBalancingConfig.PickFirstPolicyName
                    ? new PickFirstConfig { ShuffleAddressList = policy.GetBool("shuffleAddressList") ?? false }
                    : new LoadBalancingConfig(name));
            }
        }

        // The older form, which holds when the newer one is not there. Its names were those of an enum.
        var owner = "loadBalancingConfig";
        if (config.LoadBalancingConfigs.Count == 0 && root.GetText("loadBalancingPolicy") is { Length: > 0 } older)
        {
            owner = "loadBalancingPolicy";
#pragma warning disable CA1308 // names of policies are lower case
            config.LoadBalancingConfigs.Add(new LoadBalancingConfig(older.ToLowerInvariant()));
#pragma warning restore CA1308
        }

        if (config.LoadBalancingConfigs.Count > 0 && !config.LoadBalancingConfigs.Any(static c => BalancingPolicies.IsKnown(c.PolicyName)))
        {
            faults.Add(owner, $"names no policy that is known; these are: {string.Join(", ", BalancingPolicies.Names)}");
        }
    }
}
