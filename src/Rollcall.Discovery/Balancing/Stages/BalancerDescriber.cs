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
                    group.Split.Level.Name, group.Share, group.Split.Healthy, group.Split.Standings.Length, InPanic: false)),
            ],
        };
    }

    private static EndpointDescription Describe(HealthSplit split, int index, TimeProvider time)
    {
        var state = split.Level.Members.States[index];
        var standing = split.Standings[index];
        var isPicked = standing == EndpointStanding.Picked || split.LeftOut.Count == 0;
        var (reason, until) = standing == EndpointStanding.CoolingDown
            ? (string.Create(CultureInfo.InvariantCulture, $"refused {state.Health.Refusals} {(state.Health.Refusals == 1 ? "connection" : "connections")} in a row"),
                state.Health.CoolingUntil)
            : (null, 0);
        if (reason is not null && isPicked)
        {
            reason += "; picked all the same, for no other is left";
        }

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
        };
    }
}
