using System.Collections.Immutable;
using Rollcall.Consul.Wire;

namespace Rollcall.Hosting.Registration;

/// <summary>The desired state of one registration. Immutable.</summary>
/// <param name="Service">What the agent is to know; every check has an id.</param>
/// <param name="Heartbeats">One for each TTL check.</param>
internal sealed record RegistrationPlan(ServiceRegistration Service, ImmutableArray<Heartbeat> Heartbeats)
{
    public string Id => Service.Id!;

    /// <summary>Whether the agent knows the service as desired; what Consul adds itself is not compared.</summary>
    public bool Matches(AgentService actual) =>
        IsAt(actual)
        && (actual.Weights ?? new()) == (Service.Weights ?? new())
        && (actual.Tags ?? []).SequenceEqual(Service.Tags ?? [])
        && SameMeta(actual.Meta, Service.Meta)
        && (Service.TaggedAddresses ?? new Dictionary<string, ServiceAddress>())
            .All(named => actual.TaggedAddresses?.TryGetValue(named.Key, out var known) == true && known == named.Value);

    /// <summary>Whether it has the same name, address and port, whatever else differs.</summary>
    public bool IsAt(AgentService actual) => actual.Service == Service.Name && actual.Address == Service.Address && actual.Port == Service.Port;

    /// <summary>
    /// Checks of the service by their ids that an earlier registration made, with other options or by another program, and that nobody keeps up any more.
    /// Those that stand under other ids are somebody else's: an operator's maintenance mode, for instance.
    /// </summary>
    /// <param name="known">All checks of the agent.</param>
    public IReadOnlyList<string> StaleAmong(IReadOnlyDictionary<string, HealthCheck> known) =>
    [
        .. from check in known.Values
           where check.ServiceId == Id && (check.CheckId == $"service:{Id}" || check.CheckId.StartsWith($"service:{Id}:", StringComparison.Ordinal))
           where Service.Checks?.Any(desired => desired.CheckId == check.CheckId) != true
           select check.CheckId,
    ];

    /// <summary>
    /// What to register. What was critical when last seen is so until the agent finds otherwise: a sick instance that the agent removed would be called anew.
    /// </summary>
    /// <param name="critical">Ids of checks. Those that heartbeats keep up don't count: one follows at once.</param>
    public ServiceRegistration ServiceWith(IReadOnlyCollection<string> critical) => critical.Count == 0 ? Service : Service with
    {
        Checks = Service.Checks?.Select(check => check.Ttl is null && critical.Contains(check.CheckId) ? check with { Status = CheckStatus.Critical } : check).ToList(),
    };

    private static bool SameMeta(IReadOnlyDictionary<string, string>? left, IReadOnlyDictionary<string, string>? right) =>
        (left?.Count ?? 0) == (right?.Count ?? 0)
        && (right is null || right.All(pair => left!.TryGetValue(pair.Key, out var value) && value == pair.Value));
}
