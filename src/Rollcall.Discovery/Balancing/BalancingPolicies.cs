using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;
using System.Text.Json;
using Rollcall.Discovery.Balancing.Internal;

namespace Rollcall.Discovery.Balancing;

/// <summary>The policies by name: those that come with the package, and those of your own that were registered. Thread-safe.</summary>
public static class BalancingPolicies
{
    private const string WeightKey = "weightKey";

    private static readonly ImmutableArray<KeyValuePair<string, Func<PolicyConfig, IBalancingPolicy>>> s_builtIn =
    [
        new("pick_first", static config => new PickFirstPolicy(config.GetBool("shuffleAddressList", false))),
        new("random", static _ => new RandomPolicy()),
        new("round_robin", static _ => new RoundRobinPolicy()),
        new("shared_round_robin", static _ => new SharedRoundRobinPolicy()),
        new("weighted_round_robin", static config => new WeightedRoundRobinPolicy(WithoutReports(config).GetText(WeightKey))),
        new("weighted_random", static config => new WeightedRandomPolicy(config.GetText(WeightKey))),
        new("least_used", static _ => new LeastUsedPolicy()),
        new("least_request", static config => new LeastRequestPolicy(
            config.GetCount("choiceCount", absent: 2, 2, 10), config.GetNumber("activeRequestBias", absent: 1, 0, 10), config.GetText(WeightKey))),
        new("peak_ewma", static config => new PeakEwmaPolicy(
            config.GetDuration("decayTime", TimeSpan.FromMilliseconds(1), TimeSpan.FromHours(1)),
            config.GetDuration("failurePenalty", TimeSpan.Zero, TimeSpan.FromHours(1)))),
        new("ip_hash", static config => CreateIpHash(config, absentLoadFactor: 0)),
        new("ip_hash_bounded", static config => CreateIpHash(config, LoadBound.Default)),
        new("ring_hash", static config => CreateRingHash(config, absentLoadFactor: 0)),
        new("ring_hash_bounded", static config => CreateRingHash(config, LoadBound.Default)),
        new("maglev", static config => CreateMaglev(config, absentLoadFactor: 0)),
        new("maglev_bounded", static config => CreateMaglev(config, LoadBound.Default)),
    ];

    // Replaced as a whole. The one thing here that changes: names of code, as those of types are.
    private static ImmutableDictionary<string, Func<JsonElement?, IBalancingPolicy>> s_registered =
        ImmutableDictionary<string, Func<JsonElement?, IBalancingPolicy>>.Empty;

    /// <summary>Their names, as used in configuration.</summary>
    public static ImmutableArray<string> Names =>
        [.. s_builtIn.Select(static policy => policy.Key), .. s_registered.Keys.Order(StringComparer.Ordinal)];

    /// <summary>Whether a policy has the name.</summary>
    public static bool IsKnown(string name) => s_registered.ContainsKey(name) || FindBuiltIn(name) is not null;

    /// <summary>The policy with a name, with its defaults.</summary>
    /// <exception cref="ArgumentException">There is none; the message lists those that there are.</exception>
    public static IBalancingPolicy Find(string name) =>
        TryCreate(name, null, out var policy, out var fault) ? policy : throw new ArgumentException(fault, nameof(name));

    /// <summary>Makes a policy as a service config names it.</summary>
    /// <param name="name">The name; gRPC's <c>…_experimental</c> names are known as well.</param>
    /// <param name="config">The policy's fields, an object; null, undefined or a JSON null: the defaults.</param>
    /// <param name="policy">The policy.</param>
    /// <param name="fault">What is wrong with the name or the fields, for a person.</param>
    public static bool TryCreate(
        string name, JsonElement? config, [NotNullWhen(true)] out IBalancingPolicy? policy, [NotNullWhen(false)] out string? fault)
    {
        ArgumentNullException.ThrowIfNull(name);
        var made = TryMake(name, config, out policy, out var why);
        fault = why?.ToString();
        return made;
    }

    /// <summary>As <see cref="TryCreate"/>, with the name apart from what is wrong.</summary>
    internal static bool TryMake(
        string name, JsonElement? config, [NotNullWhen(true)] out IBalancingPolicy? policy, [NotNullWhen(false)] out PolicyFault? fault)
    {
        if (config is { ValueKind: JsonValueKind.Undefined or JsonValueKind.Null })
        {
            config = null;
        }

        policy = null;
        if (s_registered.TryGetValue(name, out var own))
        {
            return TryCreateOwn(name, own, config, out policy, out fault);
        }

        if (FindBuiltIn(name) is not { } create)
        {
            fault = new PolicyFault(null, $"There is no balancing policy '{name}'. Use one of: {string.Join(", ", Names)}");
            return false;
        }

        var fields = new PolicyConfig(config);
        var made = create(fields);
        fault = fields.Describe() is { } faults ? new PolicyFault(name, faults) : null;
        policy = fault is null ? made : null;
        return fault is null;
    }

    /// <summary>
    /// Gives a name to a policy of your own, for the whole process: from then on it can be chosen in targets, options and service configs. Do it
    /// when the program starts, before the name is used.
    /// </summary>
    /// <param name="name">Not one that is known already.</param>
    /// <param name="create">
    /// Makes the policy from the fields of its configuration, null when there are none. Throws <see cref="FormatException"/> when they are wrong,
    /// with a message that names the field.
    /// </param>
    /// <exception cref="ArgumentException">The name is taken or blank.</exception>
    public static void Register(string name, Func<JsonElement?, IBalancingPolicy> create)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(name);
        ArgumentNullException.ThrowIfNull(create);
        if (FindBuiltIn(name) is not null || !ImmutableInterlocked.TryAdd(ref s_registered, name, create))
        {
            throw new ArgumentException($"There is a balancing policy '{name}' already. Register it once, or choose another name.", nameof(name));
        }
    }

    private static Func<PolicyConfig, IBalancingPolicy>? FindBuiltIn(string name)
    {
        const string Experimental = "_experimental";
        var plain = name.EndsWith(Experimental, StringComparison.Ordinal) ? name[..^Experimental.Length] : name;
        foreach (var policy in s_builtIn)
        {
            if (policy.Key == plain)
            {
                return policy.Value;
            }
        }

        return null;
    }

    private static bool TryCreateOwn(
        string name,
        Func<JsonElement?, IBalancingPolicy> create,
        JsonElement? config,
        [NotNullWhen(true)] out IBalancingPolicy? policy,
        [NotNullWhen(false)] out PolicyFault? fault)
    {
        try
        {
            policy = create(config);
            fault = null;
            return true;
        }
        catch (FormatException e)
        {
            policy = null;
            fault = new PolicyFault(name, e.Message.TrimEnd('.'));
            return false;
        }
    }

    // gRFC A58's weights come from reports of the servers; ours come from the registry.
    private static PolicyConfig WithoutReports(PolicyConfig config)
    {
        config.Ignore(
            "enableOobLoadReport", "oobReportingPeriod", "blackoutPeriod", "weightExpirationPeriod", "weightUpdatePeriod", "errorUtilizationPenalty");
        return config;
    }

    private static IpHashPolicy CreateIpHash(PolicyConfig config, double absentLoadFactor) =>
        new(config.GetHashHeader(), config.GetLoadFactor(absentLoadFactor), config.GetText(WeightKey));

    private static RingHashPolicy CreateRingHash(PolicyConfig config, double absentLoadFactor) =>
        new(
            config.GetCount("minRingSize", RingHashPolicy.DefaultMinSize, 1, RingHashPolicy.LargestSize),
            config.GetCount("maxRingSize", RingHashPolicy.DefaultMaxSize, 1, RingHashPolicy.LargestSize),
            config.GetHashHeader(),
            config.GetLoadFactor(absentLoadFactor),
            config.GetText(WeightKey));

    private static MaglevPolicy CreateMaglev(PolicyConfig config, double absentLoadFactor) =>
        new(
            config.GetCount("tableSize", absent: 0, 1, MaglevPolicy.LargestTable),
            config.GetHashHeader(),
            config.GetLoadFactor(absentLoadFactor),
            config.GetText(WeightKey));
}
