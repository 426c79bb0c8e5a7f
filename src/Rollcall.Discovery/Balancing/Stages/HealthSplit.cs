using System.Collections.Immutable;

namespace Rollcall.Discovery.Balancing.Stages;

/// <summary>A level of a roster, parted by health at one moment. Immutable.</summary>
internal sealed class HealthSplit
{
    private HealthSplit(
        RosterLevel level, ImmutableArray<EndpointStanding> standings, int healthy, bool inPanic, EndpointPart open, long expiry)
    {
        Level = level;
        Standings = standings;
        Healthy = healthy;
        InPanic = inPanic;
        Open = open;
        Expiry = expiry;
        LeftOut = open.Count == level.Members.Count ? EndpointPart.Empty : level.Members.Where(i => !IsOpen(i));
    }

    public RosterLevel Level { get; }

    /// <summary>Of each member.</summary>
    public ImmutableArray<EndpointStanding> Standings { get; }

    /// <summary>How many stand well.</summary>
    public int Healthy { get; }

    /// <summary>Too few do, so that what is ejected is picked too.</summary>
    public bool InPanic { get; }

    /// <summary>What is picked from.</summary>
    public EndpointPart Open { get; }

    /// <summary>What is left out: only a call that has tried everything else goes there.</summary>
    public EndpointPart LeftOut { get; }

    /// <summary>When the first of them is back by time alone; <see cref="long.MaxValue"/>: none.</summary>
    public long Expiry { get; }

    /// <summary>Whether a member is picked.</summary>
    public bool IsOpen(int member) =>
        Open.Count == Level.Members.Count
        || Standings[member] == EndpointStanding.Picked
        || (InPanic && Standings[member] == EndpointStanding.Ejected);

    public static HealthSplit Of(RosterLevel level, int panicThreshold, long now)
    {
        // Each health is read once: it changes while this runs.
        var expiry = long.MaxValue;
        var healthy = 0;
        var cooling = 0;
        var standings = ImmutableArray.CreateBuilder<EndpointStanding>(level.Members.Count);
        foreach (var state in level.Members.States)
        {
            var coolingUntil = state.Health.CoolingUntil;
            if (now < coolingUntil)
            {
                standings.Add(EndpointStanding.CoolingDown);
                expiry = Math.Min(expiry, coolingUntil);
                cooling++;
            }
            else if (state.Health.Ejection is { IsOver: false } ejection)
            {
                standings.Add(EndpointStanding.Ejected);
                expiry = Math.Min(expiry, ejection.Until);
            }
            else
            {
                standings.Add(EndpointStanding.Picked);
                healthy++;
            }
        }

        var parted = standings.MoveToImmutable();
        var total = parted.Length;
        var inPanic = total > 0 && healthy * 100L < (long)panicThreshold * total;

        // Where nothing is left, what is ejected comes first; then a refused connection may be over by now, so all are tried rather than none.
        var ejectedToo = inPanic || healthy == 0;
        var open = cooling == total
            ? level.Members
            : level.Members.Where(i => parted[i] == EndpointStanding.Picked || (ejectedToo && parted[i] == EndpointStanding.Ejected));
        return new HealthSplit(level, parted, healthy, ejectedToo && cooling + healthy < total, open, expiry);
    }
}
