using Rollcall.Consul;
using Rollcall.Consul.Wire;
using Rollcall.Discovery;

namespace Rollcall.Cli.Commands.Explain;

/// <summary>What the registry says of a service, and of itself. Immutable.</summary>
internal sealed record RegistryView
{
    /// <summary>Who was asked, for people.</summary>
    public required string Source { get; init; }

    public required ServiceQuery Query { get; init; }

    /// <summary>Whether a token was sent.</summary>
    public required bool HasToken { get; init; }

    /// <summary>Where the token is from, or where to put one.</summary>
    public required string TokenOrigin { get; init; }

    /// <summary>Why the service could not be looked up; null: it was.</summary>
    public ConsulException? Failure { get; init; }

    /// <summary>Whether the cluster has a leader; null: it could not be asked.</summary>
    public bool? HasLeader { get; init; }

    /// <summary>How long ago the server that answered heard from the leader.</summary>
    public TimeSpan LastContact { get; init; }

    /// <summary>Access rules are in force: the agent refused to speak of itself.</summary>
    public bool AreRulesInForce { get; init; }

    /// <summary>Access rules removed something from the answer, and it said so.</summary>
    public bool IsFiltered { get; init; }

    /// <summary>All instances under the name, whatever else was asked.</summary>
    public IReadOnlyList<HealthServiceEntry> Registered { get; init; } = [];

    /// <summary>What the agent gives for the query; the caller selects from it.</summary>
    public IReadOnlyList<Endpoint> Offered { get; init; } = [];

    /// <summary>The output of a check that has none in the catalog.</summary>
    public Func<HealthCheck, string> OutputOf { get; init; } = static _ => "";

    /// <summary>The names of all services, read only if the one asked for has no instance.</summary>
    public IReadOnlyCollection<string> Services { get; init; } = [];
}
