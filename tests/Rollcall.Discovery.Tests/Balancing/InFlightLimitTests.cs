using Rollcall.Discovery.Balancing;
using Rollcall.Discovery.Balancing.Stages;
using Rollcall.TestKit;
using static Rollcall.Discovery.Tests.Instances;

namespace Rollcall.Discovery.Tests.Balancing;

public sealed class InFlightLimitTests : IAsyncDisposable
{
    private readonly BalancerHarness _harness = new();

    public ValueTask DisposeAsync() => _harness.DisposeAsync();

    private Task<ServiceBalancer> BalanceAsync(string policy, int limit, params Endpoint[] endpoints) =>
        _harness.BalanceAsync(BalancingPolicies.Find(policy), new ServiceBalancerOptions { MaxInFlight = limit }, endpoints);

    [Theory]
    [InlineData("pick_first")]
    [InlineData("random")]
    [InlineData("round_robin")]
    [InlineData("least_request")]
    [InlineData("least_used")]
    [InlineData("ring_hash")]
    public async Task FullOnesAreSkipped_AndWhenAllAreFullACallFailsAtOnce(string policy)
    {
        await using var balancer = await BalanceAsync(policy, 2, A, B, C);

        Assert.Equal(["a", "a", "b", "b", "c", "c"], balancer.Picks(6).Order());
        Assert.False(balancer.TryPick(default, out _));

        var e = await Assert.ThrowsAsync<NoEndpointException>(() => balancer.PickAsync(default).AsTask().WithinAsync());
        Assert.Equal(NoEndpointReason.AllFull, e.Reason);
        Assert.Contains("has 2 calls of this caller in flight, which is MaxInFlight", e.Message, StringComparison.Ordinal);
        Assert.All(balancer.Describe().Endpoints, d => Assert.Equal((EndpointStanding.Full, 2, 2), (d.Standing, d.InFlight, d.InFlightLimit)));
    }

    [Fact]
    public async Task AllFull_AWaitingCallGoesOnWhenOneEnds()
    {
        await using var balancer = await BalanceAsync("round_robin", 1, A);
        Assert.True(balancer.TryPick(default, out var first));
        var waiting = balancer.PickAsync(default, waitForReady: true).AsTask();
        Assert.False(waiting.IsCompleted);

        first.Complete(Outcomes.Success);

        Assert.Equal(A, (await waiting.WithinAsync()).Endpoint);
    }

    [Fact]
    public async Task Apply_CountsCallsThatAreInFlightAlready()
    {
        await using var balancer = await BalanceAsync("round_robin", 0, A, B);
        _ = balancer.Picks(2);

        balancer.Apply(balancer.Policy, new ServiceBalancerOptions { MaxInFlight = 1 });

        Assert.False(balancer.TryPick(default, out _));
    }

    [Fact]
    public async Task Storm_TheLimitIsNeverExceededAndNoCountIsLost()
    {
        await using var balancer = await BalanceAsync("random", 3, A, B, C);

        // Counted after the pick and given back before the end, so never more than there are.
        var heldThere = new int[3];
        var most = new int[4];
        Task[] callers =
        [
            .. Enumerable.Range(0, 4).Select(caller => Task.Run(() =>
            {
                var held = new Queue<PickLease>();
                for (var i = 0; i < 20_000; i++)
                {
                    if (balancer.TryPick(default, out var lease))
                    {
                        held.Enqueue(lease);
                        most[caller] = Math.Max(most[caller], Interlocked.Increment(ref heldThere[IndexOf(lease)]));
                    }

                    if (held.Count > 2)
                    {
                        End(held.Dequeue());
                    }
                }

                while (held.TryDequeue(out var last))
                {
                    End(last);
                }
            })),
        ];
        await Task.WhenAll(callers).WithinAsync();

        Assert.Equal(3, most.Max());
        Assert.All(balancer.Describe().Endpoints, d => Assert.Equal(0, d.InFlight));

        static int IndexOf(in PickLease lease) => lease.Endpoint == A ? 0 : lease.Endpoint == B ? 1 : 2;

        void End(in PickLease lease)
        {
            Interlocked.Decrement(ref heldThere[IndexOf(lease)]);
            lease.Complete(Outcomes.Success);
        }
    }
}
