using System.Collections.Immutable;
using System.Globalization;

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
        foreach (var group in pickers.Groups)
        {
            var split = group.Split;
            for (var i = 0; i < split.Standings.Length; i++)
            {
                var description = Describe(split, i, time);
                described[description.Endpoint] = description;
            }
        }

        return new BalancerDescription
        {
            Policy = pickers.Policy.Name,
            Endpoints = [.. pickers.Roster.Listed.Select(endpoint => described[endpoint])],
            Localities =
            [
                .. pickers.Groups.Select(static group => new LocalityDescription(
                    group.Split.Level.Name, group.Share, group.Split.Healthy, group.Split.Standings.Length, group.Split.InPanic)),
            ],
        };
    }

    private static EndpointDescription Describe(HealthSplit split, int index, TimeProvider time)
    {
        var state = split.Level.Members.States[index];
        var standing = split.Standings[index];
        var isPicked = split.IsOpen(index);
        var (reason, until) = Reason(standing, state.Health);
        if (reason is not null && isPicked)
        {
            reason += split.InPanic ? "; picked all the same, for too few are healthy" : "; picked all the same, for no other is left";
        }

        var interval = state.Health.LastInterval;
        return new EndpointDescription
        {
            Endpoint = split.Level.Members.Endpoints[index],
            Standing = standing,
            IsPicked = isPicked,
            Reason = reason,
            Until = until == 0 ? null : time.GetUtcNow() + time.ToTimeSpan(until - time.GetTimestamp()),
            Locality = split.Level.Name,
            Picks = state.Picks,
            InFlight = state.InFlight,
            SuccessRate = interval is { Calls: > 0 } ? interval.SuccessRate : null,
            MedianLatency = interval is { Timed: > 0 } ? interval.Median : null,
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
