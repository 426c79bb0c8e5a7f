using System.Globalization;
using Rollcall.Discovery.Balancing.Internal;
using Rollcall.Discovery.Balancing.Limits;
using Rollcall.Discovery.Balancing.SlowStart;

namespace Rollcall.Discovery.Balancing.Stages;

/// <summary>Puts into words what a set of pickers does with its list.</summary>
internal static class BalancerDescriber
{
    public static BalancerDescription Describe(PickerSet? pickers, IBalancingPolicy policy, TimeProvider time)
    {
        if (pickers is null)
        {
            return new BalancerDescription { Policy = policy.Name, Endpoints = [], Localities = [] };
        }

        var described = new Dictionary<Endpoint, EndpointDescription>(pickers.Roster.Listed.Length);
        foreach (var split in pickers.Levels)
        {
            var takesCalls = Share(pickers, split) > 0;
            for (var i = 0; i < split.Health.Standings.Length; i++)
            {
                var description = Describe(split, i, takesCalls, pickers.Roster.Options, time, pickers.Policy.Name == PeakEwmaPolicy.PolicyName);
                described[description.Endpoint] = description;
            }
        }

        return new BalancerDescription
        {
            Policy = pickers.Policy.Name,
            Endpoints = [.. pickers.Roster.Listed.Select(endpoint => described.GetValueOrDefault(endpoint) ?? OutsideSubset(endpoint))],
            Localities =
            [
                .. pickers.Levels.Select(split => new LocalityDescription(
                    split.Health.Level.Name, Share(pickers, split), split.Health.Healthy, split.Health.Standings.Length, split.InPanic)),
            ],
        };
    }

    private static EndpointDescription OutsideSubset(Endpoint endpoint) => new()
    {
        Endpoint = endpoint,
        Standing = EndpointStanding.OutsideSubset,
        IsPicked = false,
        Reason = "this caller's subset does not hold it",
    };

    private static double Share(PickerSet pickers, HealthSplit split)
    {
        foreach (var group in pickers.Groups)
        {
            if (group.Split == split)
            {
                return group.Share;
            }
        }

        return 0;
    }

    private static EndpointDescription Describe(HealthSplit split, int index, bool takesCalls, ServiceBalancerOptions options, TimeProvider time, bool averages)
    {
        var state = split.Health.Level.Members.States[index];
        var standing = split.Health.Standings[index];
        var isPicked = takesCalls && split.IsOpen(index);
        var (reason, until) = Reason(standing, state.Health);
        var now = time.GetTimestamp();
        var limit = CallLimit.Of(options);
        var factor = WarmUp.Factor(state.Health, options.SlowStart, time, now);
        if (standing == EndpointStanding.Picked && !takesCalls)
        {
            standing = EndpointStanding.StandBy;
            reason = "enough of the nearer ones are healthy";
        }
        else if (standing == EndpointStanding.Picked && limit.IsFull(state))
        {
            standing = EndpointStanding.Full;
            reason = "it has as many calls in flight as it may have";
        }
        else if (standing == EndpointStanding.Picked && factor < 1)
        {
            standing = EndpointStanding.Warming;
            reason = "it is new";
            until = time.After(state.Health.JoinedAt, options.SlowStart.Window);
        }
        else if (reason is not null && isPicked)
        {
            reason += split.InPanic ? "; picked all the same, for too few are healthy" : "; picked all the same, for no other is left";
        }

        var interval = state.Health.LastInterval;
        return new EndpointDescription
        {
            Endpoint = split.Health.Level.Members.Endpoints[index],
            Standing = standing,
            IsPicked = isPicked,
            Reason = reason,
            Until = until == 0 ? null : Timestamps.After(time.GetUtcNow(), time.ToTimeSpan(until - now)),
            Locality = split.Health.Level.Name,
            WarmUpFactor = factor,
            Picks = state.Picks,
            InFlight = state.InFlight,
            InFlightLimit = limit.IsNone ? null : limit.For(state),
            SuccessRate = interval is { Calls: > 0 } ? interval.SuccessRate : null,
            MedianLatency = interval is { Timed: > 0 } ? interval.Median : null,
            IdleLatency = limit.IsAdaptive ? state.AdaptiveLimit?.IdleLatency : null,
            AverageLatency = limit.IsAdaptive ? state.AdaptiveLimit?.AverageLatency : averages && PeakLatency.IsKnown(state.Latency) ? PeakLatency.Last(state.Latency) : null,
        };
    }

    private static (string? Reason, long Until) Reason(EndpointStanding standing, EndpointHealth health) => standing switch
    {
        EndpointStanding.CoolingDown => (
            string.Create(CultureInfo.InvariantCulture, $"refused {health.Refusals} {(health.Refusals == 1 ? "connection" : "connections")} in a row"),
            health.CoolingUntil),
        EndpointStanding.Ejected when health.Ejection is { } ejection => (ejection.Reason, ejection.Until),
        _ => (null, 0),
    };
}
