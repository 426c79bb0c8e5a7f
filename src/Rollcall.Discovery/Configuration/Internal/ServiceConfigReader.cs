using System.Collections.Immutable;
using System.Text.Json;
using Rollcall.Discovery.Balancing;
using Rollcall.Discovery.Resilience;

namespace Rollcall.Discovery.Configuration.Internal;

/// <summary>Reads one service config from JSON, by the types and rules of service_config.proto.</summary>
internal sealed class ServiceConfigReader
{
    private readonly ConfigFaults _faults = new();
    private readonly List<string> _unknown = [];
    private readonly List<string> _nameless = [];
    private readonly HashSet<(string? HttpMethod, string Path)> _names = [];

    /// <summary>What was wrong, when there is no config.</summary>
    public ImmutableArray<ServiceConfigFault> Faults => _faults.ToArray();

    public ServiceCallConfig? Read(string json)
    {
        ServiceCallConfig? config = null;
        try
        {
            using var document = JsonDocument.Parse(json, new JsonDocumentOptions { AllowDuplicateProperties = false });
            if (document.RootElement.ValueKind == JsonValueKind.Object)
            {
                config = ReadRoot(new JsonFields(document.RootElement, "", _faults));
            }
            else
            {
                _faults.Add("", "must be a JSON object");
            }
        }
        catch (JsonException e)
        {
            _faults.Add("", $"is not JSON: {e.Message.TrimEnd('.')}");
        }
        catch (InvalidOperationException)
        {
            // How the JSON reader says that a text has half of a surrogate pair.
            _faults.Add("", "has an escape that is no Unicode");
        }

        return _faults.Count == 0 ? config : null;
    }

    private ServiceCallConfig ReadRoot(JsonFields root)
    {
        var methods = ImmutableArray.CreateBuilder<MethodCallConfig>();
        foreach (var entry in root.GetObjects("methodConfig"))
        {
            var method = ReadMethod(entry);

            // An entry without names is skipped, says the specification.
            if (method.Names.IsEmpty)
            {
                _nameless.Add(entry.Path);
            }
            else
            {
                methods.Add(method);
            }
        }

        var throttling = ReadThrottling(root);
        var (choices, used, policy) = ReadBalancing(root);
        _unknown.AddRange(root.Unknown);
        return new ServiceCallConfig(methods.ToImmutable())
        {
            Balancing = policy,
            BalancingChoices = choices,
            Balanced = used,
            RetryThrottling = throttling,
            UnknownFields = [.. _unknown],
            WithoutEffect =
            [
                .. _unknown.Select(static path => new ServiceConfigFault(path, "is not known, and has no effect")),
                .. _nameless.Select(static path => new ServiceConfigFault(path, "has no name, and no effect: \"name\": [{}] would mean all calls")),
            ],
        };
    }

    private MethodCallConfig ReadMethod(JsonFields entry)
    {
        var method = new MethodCallConfig
        {
            Names = [.. entry.GetObjects("name").Select(ReadName)],
            WaitForReady = entry.GetBool("waitForReady"),
            Timeout = entry.GetDuration("timeout"),
            MaxRequestMessageBytes = entry.GetCount("maxRequestMessageBytes"),
            MaxResponseMessageBytes = entry.GetCount("maxResponseMessageBytes"),
            Retry = entry.GetObject("retryPolicy") is { } retry ? ReadRetry(retry) : null,
            Hedging = entry.GetObject("hedgingPolicy") is { } hedging ? ReadHedging(hedging, besideRetry: entry.GetObject("retryPolicy") is not null) : null,
        };
        _faults.Require(method.Timeout is null || method.Timeout > TimeSpan.Zero, entry.PathOf("timeout"), "must be more than zero");
        _unknown.AddRange(entry.Unknown);
        return method;
    }

    private CallName ReadName(JsonFields fields)
    {
        var name = new CallName(fields.GetText("service"), fields.GetText("method"));
        if (string.IsNullOrEmpty(name.Service) && !string.IsNullOrEmpty(name.Method))
        {
            _faults.Add(fields.Path, $"names the method '{name.Method}' without its service, which is for example greet.Greeter");
        }
        else if (!_names.Add((name.HttpMethod, name.Path)))
        {
            _faults.Add(fields.Path, string.IsNullOrEmpty(name.Service)
                ? "names the default of all methods twice"
                : $"names '{name.Service}/{name.Method}' twice");
        }

        _unknown.AddRange(fields.Unknown);
        return name;
    }

    private RetrySettings? ReadRetry(JsonFields retry)
    {
        var before = _faults.Count;
        var maxAttempts = retry.GetCount("maxAttempts");
        var initialBackoff = retry.GetDuration("initialBackoff");
        var maxBackoff = retry.GetDuration("maxBackoff");
        var multiplier = retry.GetNumber("backoffMultiplier");
        var beforeStatuses = _faults.Count;
        var statuses = retry.GetStatuses("retryableStatusCodes");
        _faults.Require(
            statuses.Count > 0 || _faults.Count > beforeStatuses, retry.PathOf("retryableStatusCodes"), "must name a status, for example \"UNAVAILABLE\"");
        var httpStatuses = retry.GetHttpStatuses("retryableHttpStatusCodes");
        _faults.Require(maxAttempts >= 2, retry.PathOf("maxAttempts"), "must be 2 or more; the first attempt counts");
        _faults.Require(initialBackoff > TimeSpan.Zero, retry.PathOf("initialBackoff"), "must be more than zero");
        _faults.Require(maxBackoff > TimeSpan.Zero, retry.PathOf("maxBackoff"), "must be more than zero");
        _faults.Require(
            multiplier is { } factor && factor > 0 && !double.IsInfinity(factor), retry.PathOf("backoffMultiplier"), "must be more than zero, for example 2");

        _unknown.AddRange(retry.Unknown);
        return _faults.Count > before
            ? null
            : new RetrySettings(maxAttempts!.Value, initialBackoff!.Value, maxBackoff!.Value, multiplier!.Value, new CallStatusSet(statuses))
            {
                RetryableHttpStatuses = [.. httpStatuses],
            };
    }

    private HedgingSettings? ReadHedging(JsonFields hedging, bool besideRetry)
    {
        _faults.Require(!besideRetry, hedging.Path, "stands beside a retryPolicy; a method has one of the two");
        var before = _faults.Count;
        var maxAttempts = hedging.GetCount("maxAttempts");
        var delay = hedging.GetDuration("hedgingDelay") ?? TimeSpan.Zero;
        var statuses = hedging.GetStatuses("nonFatalStatusCodes");
        var httpStatuses = hedging.GetHttpStatuses("nonFatalHttpStatusCodes");
        _faults.Require(maxAttempts >= 2, hedging.PathOf("maxAttempts"), "must be 2 or more; the first attempt counts");
        _faults.Require(delay >= TimeSpan.Zero, hedging.PathOf("hedgingDelay"), "must not be negative");
        _unknown.AddRange(hedging.Unknown);
        return _faults.Count > before
            ? null
            : new HedgingSettings(maxAttempts!.Value, delay, new CallStatusSet(statuses)) { NonFatalHttpStatuses = [.. httpStatuses] };
    }

    private RetryThrottleSettings? ReadThrottling(JsonFields root)
    {
        if (root.GetObject("retryThrottling") is not { } throttling)
        {
            return null;
        }

        var tokens = throttling.GetCount("maxTokens");
        var ratio = throttling.GetNumber("tokenRatio");
        _faults.Require(tokens is >= 1 and <= 1000, throttling.PathOf("maxTokens"), "must be from 1 to 1000, for example 10");
        _faults.Require(ratio is >= 0.001 and <= 1000, throttling.PathOf("tokenRatio"), "must be from 0.001 to 1000, for example 0.1");
        _unknown.AddRange(throttling.Unknown);
        return tokens is null || ratio is null ? null : new RetryThrottleSettings(tokens.Value, ratio.Value);
    }

    private (ImmutableArray<BalancingChoice> Choices, BalancingChoice? Used, IBalancingPolicy? Policy) ReadBalancing(JsonFields root)
    {
        var choices = new List<(BalancingChoice Choice, string Path)>();
        foreach (var entry in root.GetObjects("loadBalancingConfig"))
        {
            if (entry.Names.ToArray() is not [var name] || string.IsNullOrWhiteSpace(name))
            {
                _faults.Add(entry.Path, "must have exactly one field, the policy's name");
            }
            else if (entry.GetObject(name) is { } fields)
            {
                choices.Add((new BalancingChoice(name, fields.Names.Any() ? fields.Clone() : null), fields.Path));
            }
        }

        // The older form, which holds when the newer one is not there. Its names were those of an enum.
        if (root.GetText("loadBalancingPolicy") is { } older && !string.IsNullOrWhiteSpace(older) && choices.Count == 0)
        {
#pragma warning disable CA1308 // names of policies are lower case
            choices.Add((new BalancingChoice(older.ToLowerInvariant(), null), "loadBalancingPolicy"));
#pragma warning restore CA1308
        }

        IBalancingPolicy? policy = null;
        BalancingChoice? used = null;
        if (choices.Find(static c => BalancingConfig.IsKnown(c.Choice.Name)) is { Path: not null } known)
        {
            used = known.Choice;
            if (!BalancingConfig.TryMake(known.Choice.Name, known.Choice.Fields, null, out policy, out _, out var faults))
            {
                foreach (var fault in faults)
                {
                    _faults.Add(known.Path + fault.Path, $"can't be used: {fault.Problem}");
                }
            }
        }
        else if (choices.Count > 0)
        {
            var owner = choices[0].Path.Split('[', '.')[0];
            _faults.Add(owner, $"names no policy that is known; these are: {string.Join(", ", BalancingPolicies.Names)}");
        }

        return ([.. choices.Select(static c => c.Choice)], used, policy);
    }
}
