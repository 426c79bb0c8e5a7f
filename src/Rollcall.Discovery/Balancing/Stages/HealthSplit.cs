using System.Collections.Immutable;

namespace Rollcall.Discovery.Balancing.Stages;

/// <summary>A level of a roster, parted by health at one moment. Immutable.</summary>
internal sealed class HealthSplit
{
    private HealthSplit(RosterLevel level, ImmutableArray<EndpointStanding> standings, int healthy, EndpointPart open, long expiry)
    {
        Level = level;
        Standings = standings;
        Healthy = healthy;
        Open = open;
        Expiry = expiry;
        LeftOut = open.Count == level.Members.Count ? EndpointPart.Empty : level.Members.Where(i => standings[i] != EndpointStanding.Picked);
    }

    public RosterLevel Level { get; }

    /// <summary>Of each member.</summary>
    public ImmutableArray<EndpointStanding> Standings { get; }

    /// <summary>How many stand well.</summary>
    public int Healthy { get; }

    /// <summary>What is picked from.</summary>
    public EndpointPart Open { get; }

    /// <summary>What is left out: only a call that has tried everything else goes there.</summary>
    public EndpointPart LeftOut { get; }

    /// <summary>When the first of them is back by time alone; <see cref="long.MaxValue"/>: none.</summary>
    public long Expiry { get; }

    public static HealthSplit Of(RosterLevel level, long now)
    {
        // Read once: the states change while this runs.
        var expiry = long.MaxValue;
        var healthy = 0;
        var standings = ImmutableArray.CreateBuilder<EndpointStanding>(level.Members.Count);
        foreach (var state in level.Members.States)
        {
            var standing = EndpointStanding.Picked;
            var until = state.Health.CoolingUntil;
            if (now < until)
            {
                standing = EndpointStanding.CoolingDown;
                expiry = Math.Min(expiry, until);
            }
            else
            {
                healthy++;
            }

            standings.Add(standing);
        }

        // Nothing else left: a refused connection may be over by now, so all are tried rather than none.
        var parted = standings.MoveToImmutable();
        var open = healthy == 0 ? level.Members : level.Members.Where(i => parted[i] == EndpointStanding.Picked);
        return new HealthSplit(level, parted, healthy, open, expiry);
    }
}
