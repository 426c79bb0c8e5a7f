using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Text.Json;
using Rollcall.Discovery.Balancing.Ejection;
using Rollcall.Discovery.Balancing.Internal;
using Rollcall.Discovery.Balancing.Limits;

namespace Rollcall.Discovery.Balancing;

/// <summary>
/// Reads what a service config says of balancing, by protobuf's JSON mapping: policies, and the wrappers around them that set the stages before the
/// policy. Thread-safe.
/// </summary>
/// <remarks>
/// Wrappers have a <c>childPolicy</c>, a list of which the first known one counts, which may be a wrapper itself:
/// <c>outlier_detection_experimental</c> (gRFC A50; with the further fields <c>consecutiveFailures</c> and <c>latencyEjection</c>),
/// <c>random_subsetting_experimental</c> (gRFC A68: <c>subsetSize</c>), and <c>stages</c>, which has everything:
/// <c>unreachableCooldown</c>, <c>maxUnreachableCooldown</c>, <c>panicThreshold</c>, <c>maxInFlight</c>, <c>adaptiveLimit</c> (<c>min</c>, <c>max</c>,
/// <c>initial</c>, <c>tolerance</c>, <c>window</c>, <c>minimumCalls</c>, <c>probeInterval</c>), <c>outlierDetection</c>, <c>slowStart</c>
/// (<c>window</c>, <c>aggression</c>, <c>minWeightPercent</c>), <c>subset</c> (<c>size</c>, <c>clientId</c>) and <c>locality</c> (<c>node</c>,
/// <c>zone</c>, <c>datacenters</c>, <c>overprovisioningFactor</c>).
/// </remarks>
public static class BalancingConfig
{
    private const string OutlierDetection = "outlier_detection_experimental";
    private const string RandomSubsetting = "random_subsetting_experimental";
    private const string Stages = "stages";

    private static readonly TimeSpan s_none = TimeSpan.Zero;
    private static readonly TimeSpan s_week = TimeSpan.FromDays(7);

    /// <summary>Whether a policy or a wrapper has the name.</summary>
    public static bool IsKnown(string name) => IsWrapper(name) || BalancingPolicies.IsKnown(name);

    /// <summary>Makes the policy that one entry of a <c>loadBalancingConfig</c> names, and the options that its wrappers set.</summary>
    /// <param name="name">The entry's name.</param>
    /// <param name="fields">The entry's fields, an object; null, undefined or a JSON null: none.</param>
    /// <param name="defaults">What holds where the entry says nothing; it is not changed. Null: the defaults of the class.</param>
    /// <param name="policy">The policy.</param>
    /// <param name="options">The options, for the constructor or <see cref="ServiceBalancer.Apply"/> of a balancer.</param>
    /// <param name="fault">Everything that is wrong, for a person.</param>
    /// <exception cref="ArgumentException">The defaults themselves can't be used.</exception>
    public static bool TryRead(
        string name,
        JsonElement? fields,
        ServiceBalancerOptions? defaults,
        [NotNullWhen(true)] out IBalancingPolicy? policy,
        [NotNullWhen(true)] out ServiceBalancerOptions? options,
        [NotNullWhen(false)] out string? fault)
    {
        ArgumentNullException.ThrowIfNull(name);
        var read = TryMake(name, fields, defaults, out policy, out options, out var faults);
        fault = read ? null : string.Join(' ', faults);
        return read;
    }

    /// <summary>As <see cref="TryRead"/>, with what is wrong of each policy and wrapper by itself; empty when true is returned.</summary>
    internal static bool TryMake(
        string name,
        JsonElement? fields,
        ServiceBalancerOptions? defaults,
        [NotNullWhen(true)] out IBalancingPolicy? policy,
        [NotNullWhen(true)] out ServiceBalancerOptions? options,
        out ImmutableArray<PolicyFault> faults)
    {
        options = (defaults ?? new ServiceBalancerOptions()).CopyValidated(nameof(defaults));
        if (!IsWrapper(name))
        {
            var known = BalancingPolicies.TryMake(name, fields, out policy, out var fault);
            options = known ? options : null;
            faults = fault is { } why ? [why] : [];
            return known;
        }

        policy = null;
        var config = new PolicyConfig(fields is { ValueKind: JsonValueKind.Undefined or JsonValueKind.Null } ? null : fields);
        var child = config.GetChild("childPolicy", out var unknown);
        switch (name)
        {
            case OutlierDetection:
                ReadEjection(config, options.OutlierEjection);
                break;
            case RandomSubsetting:
                options.Subset.Size = config.GetCount("subsetSize", 0, 1, int.MaxValue);
                config.Require(options.Subset.Size > 0, "subsetSize is missing");
                break;
            default:
                ReadStages(config, options);
                break;
        }

        config.Require(
            child is not null,
            unknown.Count > 0
                ? $"childPolicy names no policy that is known, but '{string.Join("', '", unknown)}'; these are: {string.Join(", ", BalancingPolicies.Names)}"
                : "childPolicy must list a policy that is known, for example [{\"round_robin\": {}}]");
        faults = config.Describe() is { } wrong ? [new PolicyFault(name, wrong)] : [];
        if (child is { } inner)
        {
            // Also when something is wrong already: all is told at once. But then these options may contradict each other.
            TryMake(inner.Name, inner.Fields, faults.IsEmpty ? options : defaults, out policy, out options, out var within);
            faults = [.. faults, .. within.Select(fault => fault with { Path = inner.Path + fault.Path })];
        }

        if (faults.IsEmpty)
        {
            return policy is not null && options is not null;
        }

        (policy, options) = (null, null);
        return false;
    }

    private static bool IsWrapper(string name) => name is OutlierDetection or RandomSubsetting or Stages;

    private static void ReadStages(PolicyConfig config, ServiceBalancerOptions options)
    {
        options.UnreachableCooldown = config.GetDuration("unreachableCooldown", s_none, s_week) ?? options.UnreachableCooldown;
        options.MaxUnreachableCooldown = config.GetDuration("maxUnreachableCooldown", s_none, s_week) ?? options.MaxUnreachableCooldown;
        config.Require(
            options.MaxUnreachableCooldown >= options.UnreachableCooldown,
            string.Create(
                CultureInfo.InvariantCulture,
                $"maxUnreachableCooldown must not be less than unreachableCooldown, and they are \"{options.MaxUnreachableCooldown.TotalSeconds}s\" and \"{options.UnreachableCooldown.TotalSeconds}s\""));
        options.PanicThreshold = config.GetCount("panicThreshold", options.PanicThreshold, 0, 100);
        options.MaxInFlight = config.GetCount("maxInFlight", options.MaxInFlight, 0, int.MaxValue);
        config.Within("adaptiveLimit", limit =>
        {
            var read = options.AdaptiveLimit ??= new AdaptiveLimitOptions();
            read.Min = limit.GetCount("min", read.Min, 1, int.MaxValue);
            read.Max = limit.GetCount("max", Math.Max(read.Max, read.Min), read.Min, int.MaxValue);
            read.Initial = limit.GetCount("initial", read.Initial, 1, int.MaxValue);
            read.Tolerance = limit.GetNumber("tolerance", read.Tolerance, 1, 10);
            read.Window = limit.GetDuration("window", TimeSpan.FromMilliseconds(1), s_week) ?? read.Window;
            read.MinimumCalls = limit.GetCount("minimumCalls", read.MinimumCalls, 1, int.MaxValue);
            read.ProbeInterval = limit.GetDuration("probeInterval", s_none, s_week) ?? read.ProbeInterval;
            limit.Require(read.ProbeInterval >= read.Window, "probeInterval must not be less than window");
        });
        config.Within("outlierDetection", ejection => ReadEjection(ejection, options.OutlierEjection));
        config.Within("slowStart", slowStart =>
        {
            options.SlowStart.Window = slowStart.GetDuration("window", s_none, s_week) ?? options.SlowStart.Window;
            options.SlowStart.Aggression = slowStart.GetNumber("aggression", options.SlowStart.Aggression, 0.01, 100);
            options.SlowStart.MinWeightPercent = slowStart.GetCount("minWeightPercent", options.SlowStart.MinWeightPercent, 1, 100);
        });
        config.Within("subset", subset =>
        {
            options.Subset.Size = subset.GetCount("size", options.Subset.Size, 0, int.MaxValue);
            options.Subset.ClientId = subset.GetText("clientId") ?? options.Subset.ClientId;
        });
        config.Within("locality", locality =>
        {
            options.Locality.Node = locality.GetText("node") ?? options.Locality.Node;
            options.Locality.Zone = locality.GetText("zone") ?? options.Locality.Zone;
            options.Locality.Datacenters = locality.GetTexts("datacenters") ?? options.Locality.Datacenters;
            options.Locality.OverprovisioningFactor =
                locality.GetNumber("overprovisioningFactor", options.Locality.OverprovisioningFactor, 1, 100);
        });
    }

    private static void ReadEjection(PolicyConfig config, OutlierEjectionOptions options)
    {
        options.Interval = config.GetDuration("interval", TimeSpan.FromMilliseconds(10), s_week) ?? options.Interval;
        options.BaseEjectionTime = config.GetDuration("baseEjectionTime", TimeSpan.FromMilliseconds(1), s_week) ?? options.BaseEjectionTime;
        options.MaxEjectionTime = config.GetDuration("maxEjectionTime", s_none, s_week) ?? options.MaxEjectionTime;
        options.MaxEjectionPercent = config.GetCount("maxEjectionPercent", options.MaxEjectionPercent, 0, 100);
        options.ConsecutiveFailures = config.GetCount("consecutiveFailures", options.ConsecutiveFailures, 0, int.MaxValue);
        config.Within("successRateEjection", rule =>
        {
            var read = options.SuccessRate ??= new SuccessRateEjectionOptions();
            read.StdevFactor = rule.GetCount("stdevFactor", (int)Math.Round(read.StdevFactor * 1000), 1, 1_000_000) / 1000.0;
            read.EnforcementPercent = rule.GetCount("enforcementPercentage", read.EnforcementPercent, 0, 100);
            read.MinimumHosts = rule.GetCount("minimumHosts", read.MinimumHosts, 1, int.MaxValue);
            read.RequestVolume = rule.GetCount("requestVolume", read.RequestVolume, 1, int.MaxValue);
        });
        config.Within("failurePercentageEjection", rule =>
        {
            var read = options.FailurePercentage ??= new FailurePercentageEjectionOptions();
            read.Threshold = rule.GetCount("threshold", read.Threshold, 0, 100);
            read.EnforcementPercent = rule.GetCount("enforcementPercentage", read.EnforcementPercent, 0, 100);
            read.MinimumHosts = rule.GetCount("minimumHosts", read.MinimumHosts, 1, int.MaxValue);
            read.RequestVolume = rule.GetCount("requestVolume", read.RequestVolume, 1, int.MaxValue);
        });
        config.Within("latencyEjection", rule =>
        {
            var read = options.Latency ??= new LatencyEjectionOptions();
            read.Factor = rule.GetNumber("factor", read.Factor, 1.001, 1000);
            read.MinimumExcess = rule.GetDuration("minimumExcess", s_none, s_week) ?? read.MinimumExcess;
            read.EnforcementPercent = rule.GetCount("enforcementPercentage", read.EnforcementPercent, 0, 100);
            read.MinimumHosts = rule.GetCount("minimumHosts", read.MinimumHosts, 2, int.MaxValue);
            read.RequestVolume = rule.GetCount("requestVolume", read.RequestVolume, 1, int.MaxValue);
        });
    }
}
