using System.Collections.Immutable;
using Rollcall.Discovery.Balancing.Internal;
using Rollcall.Discovery.Balancing.Localities;
using Rollcall.Discovery.Balancing.Subsetting;

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

    /// <param name="snapshot">The list.</param>
    /// <param name="options">The balancer's own copy.</param>
    /// <param name="previous">The roster that the new one replaces, whose states of endpoints it takes on. Null for the first list.</param>
    /// <param name="client">What tells this caller from others, unless the options say.</param>
    /// <param name="now">When endpoints that are new have joined.</param>
    /// <param name="forgotten">See <see cref="EndpointStates.Follow"/>.</param>
    public static Roster Create(EndpointSnapshot snapshot, ServiceBalancerOptions options, Roster? previous, ulong client, long now, long forgotten)
    {
        var listed = snapshot.Endpoints;
        var states = (previous?.States ?? EndpointStates.Empty).Follow(listed, joinedAt: previous is null ? 0 : now, forgotten);
        if (options.Subset.ClientId is { } clientId)
        {
            client = RendezvousSubset.ClientOf(clientId);
        }

        var levels = Part(
            new EndpointPart(listed, states.Of(listed)),
            new LocalityRanking(options.Locality, snapshot.Query),
            datacenter => RendezvousSubset.Of(datacenter, options.Subset.Size, client));
        return new Roster(listed, options, states, levels);
    }

    public bool IsFor(ImmutableArray<Endpoint> listed, ServiceBalancerOptions options) => Listed == listed && ReferenceEquals(Options, options);

    private static ImmutableArray<RosterLevel> Part(EndpointPart all, LocalityRanking ranking, Func<EndpointPart, EndpointPart> subset)
    {
        if (all.Count == 0 || ranking.IsFlat)
        {
            return [new RosterLevel(ranking.Name(0, Nearness.Elsewhere), subset(all))];
        }

        var levels = ImmutableArray.CreateBuilder<RosterLevel>();
        foreach (var (datacenterRank, whole) in all.GroupBy(ranking.DatacenterRank))
        {
            var datacenter = subset(whole);
            if (datacenterRank > 0)
            {
                levels.Add(new RosterLevel(ranking.Name(datacenterRank, Nearness.Elsewhere), datacenter));
                continue;
            }

            foreach (var (nearness, group) in datacenter.GroupBy(e => (int)ranking.NearnessOf(e)))
            {
                levels.Add(new RosterLevel(ranking.Name(datacenterRank, (Nearness)nearness), group));
            }
        }

        return levels.DrainToImmutable();
    }
}
