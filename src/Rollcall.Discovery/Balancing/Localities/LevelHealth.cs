using System.Collections.Immutable;
using Rollcall.Discovery.Balancing.Stages;

namespace Rollcall.Discovery.Balancing.Localities;

/// <summary>How the members of a level stand at one moment. Immutable.</summary>
internal sealed record LevelHealth
{
    public required RosterLevel Level { get; init; }

    /// <summary>Of each member: picked, ejected or cooling down.</summary>
    public required ImmutableArray<EndpointStanding> Standings { get; init; }

    public required int Cooling { get; init; }

    public required int Ejected { get; init; }

    /// <summary>How many are neither.</summary>
    public int Healthy => Standings.Length - Cooling - Ejected;

    /// <summary>When the first of those that are is back by time alone; <see cref="long.MaxValue"/>: none is.</summary>
    public required long Expiry { get; init; }

    public static LevelHealth Of(RosterLevel level, long now)
    {
        // Each state is read once: it changes while this runs.
        var expiry = long.MaxValue;
        var cooling = 0;
        var ejected = 0;
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
                ejected++;
            }
            else
            {
                standings.Add(EndpointStanding.Picked);
            }
        }

        return new LevelHealth
        {
            Level = level,
            Standings = standings.MoveToImmutable(),
            Cooling = cooling,
            Ejected = ejected,
            Expiry = expiry,
        };
    }
}
