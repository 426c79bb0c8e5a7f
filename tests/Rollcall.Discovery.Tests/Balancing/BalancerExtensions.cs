using Rollcall.Discovery.Balancing;
using Rollcall.Discovery.Balancing.Stages;

namespace Rollcall.Discovery.Tests.Balancing;

/// <summary>What tests often ask of a balancer.</summary>
internal static class BalancerExtensions
{
    /// <summary>The ids of further picks that don't end; <c>-</c> where there was none.</summary>
    public static string[] Picks(this ServiceBalancer balancer, int count) =>
        [.. Enumerable.Range(0, count).Select(_ => balancer.TryPick(default, out var lease) ? lease.Endpoint.Id : "-")];

    /// <summary>How many of further picks, which end well at once, went to each endpoint.</summary>
    public static Dictionary<string, int> Spread(this ServiceBalancer balancer, int count)
    {
        var spread = new Dictionary<string, int>();
        for (var i = 0; i < count; i++)
        {
            Assert.True(balancer.TryPick(default, out var lease));
            spread[lease.Endpoint.Id] = spread.GetValueOrDefault(lease.Endpoint.Id) + 1;
            lease.Complete(Outcomes.Success);
        }

        return spread;
    }

    /// <summary>Picks until it is an endpoint's turn; the other calls are cancelled.</summary>
    public static PickLease Pick(this ServiceBalancer balancer, Endpoint wanted)
    {
        for (var i = 0; i < 10_000; i++)
        {
            Assert.True(balancer.TryPick(default, out var lease));
            if (lease.Endpoint.Equals(wanted))
            {
                return lease;
            }

            lease.Complete(Outcomes.Cancelled);
        }

        throw new InvalidOperationException($"{wanted} was not picked in 10,000 picks.");
    }

    public static EndpointDescription Describe(this ServiceBalancer balancer, Endpoint endpoint) =>
        balancer.Describe().Endpoints.Single(e => e.Endpoint.Equals(endpoint));
}
