using System.Collections.Immutable;

namespace Rollcall.Discovery.Balancing.Stages;

/// <summary>
/// A list after the stages that go by the list alone: what belongs to the caller's subset, by nearness. It changes with the list and with the
/// options, not with the health of endpoints. Immutable.
/// </summary>
internal sealed class Roster
{
    private Roster(ImmutableArray<Endpoint> listed, ServiceBalancerOptions options, EndpointStates states, ImmutableArray<RosterLevel> levels)
    {
        Listed = listed;
        Options = options;
        States = states;
        Levels = levels;
    }

    /// <summary>The whole list.</summary>
    public ImmutableArray<Endpoint> Listed { get; }

    public ServiceBalancerOptions Options { get; }

    public EndpointStates States { get; }

    /// <summary>None is empty, unless it is the only one. Nearest first.</summary>
    public ImmutableArray<RosterLevel> Levels { get; }

    /// <param name="listed">The list.</param>
    /// <param name="options">The balancer's own copy.</param>
    /// <param name="previous">The roster that the new one replaces, whose states of endpoints it takes on. Null for the first list.</param>
    /// <param name="now">When endpoints that are new have joined.</param>
    public static Roster Create(ImmutableArray<Endpoint> listed, ServiceBalancerOptions options, Roster? previous, long now)
    {
        var states = (previous?.States ?? EndpointStates.Empty).Follow(listed);
        return new Roster(listed, options, states, [new RosterLevel("all", new EndpointPart(listed, states.Of(listed)))]);
    }

    public bool IsFor(ImmutableArray<Endpoint> listed, ServiceBalancerOptions options) => Listed == listed && ReferenceEquals(Options, options);
}
