using System.Collections.Frozen;
using Rollcall.Discovery.Balancing;
using Rollcall.Discovery.Balancing.Stages;
using Rollcall.Discovery.Selecting;
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

    private static Endpoint InZone(string id, string zone, int weight = 1, string tag = "old") => new(id, "127.0.0.1", 1000 + id[0])
    {
        Weight = weight,
        Tags = [tag],
        Metadata = new Dictionary<string, string> { ["zone"] = zone }.ToFrozenDictionary(),
    };

    private static ServiceBalancerOptions InZoneA(int limit) =>
        new() { MaxInFlight = limit, Locality = { Zone = "a" }, Random = new ThreadSafeRandom(7) };

    [Theory]
    [InlineData("weighted_round_robin")]
    [InlineData("least_request")]
    [InlineData("weighted_random")]
    [InlineData("ring_hash")]
    public async Task ZoneIsFull_CallsGoToOthersByThePolicyUntilThoseAreFullToo(string policy)
    {
        await using var balancer = await _harness.BalanceAsync(
            BalancingPolicies.Find(policy), InZoneA(2), InZone("a", "a"), InZone("b", "b"), InZone("c", "b"), InZone("z", "b", weight: 0));

        Assert.Equal(["a", "a"], balancer.Picks(2));
        Assert.Null(balancer.Explain());
        Assert.Equal(["b", "b", "c", "c", "-"], balancer.Picks(5).OrderBy(static id => id == "-").ThenBy(static id => id));
        Assert.Equal(NoEndpointReason.AllFull, balancer.Explain()!.Reason);

        balancer.Apply(balancer.Policy, InZoneA(3));
        Assert.Equal("a", Assert.Single(balancer.Picks(1)));
        Assert.Equal(EndpointStanding.StandBy, balancer.Describe(InZone("b", "b")).Standing);
    }

    /// <summary>With a canary, those that are further away are of the other side in part or as a whole.</summary>
    [Theory]
    [InlineData(false, new[] { "old", "old" }, "new", new[] { "a", "a", "b", "b", "-", "-" })]
    [InlineData(false, new[] { "old", "new" }, "new", new[] { "a", "a", "-", "-" })]
    [InlineData(false, new[] { "old", "new" }, "old", new[] { "a", "a", "z", "z", "-" })]
    [InlineData(true, new[] { "old", "new" }, "old", new[] { "b", "b", "-", "-" })]
    [InlineData(true, new[] { "old", "new" }, "new", new[] { "b", "b", "z", "z", "-" })]
    [InlineData(true, new[] { "old", "old" }, "old", new[] { "a", "a", "b", "b", "z", "z", "-" })]
    public async Task ZoneIsFull_WithACanaryCallsStayOnTheirSide(bool onTrial, string[] near, string far, string[] picks)
    {
        var options = InZoneA(2);
        options.Canary = new() { Instances = new EndpointSelector { Tags = ["new"] }, Percent = onTrial ? 100 : 0 };
        Endpoint[] all = [InZone("a", "a", tag: near[0]), InZone("b", "a", tag: near[1]), InZone("z", "b", tag: far)];
        await using var balancer = await _harness.BalanceAsync(new RoundRobinPolicy(), options, all);

        Assert.Equal(picks, balancer.Picks(picks.Length).OrderBy(static id => id == "-").ThenBy(static id => id));
        Assert.Equal(NoEndpointReason.AllFull, balancer.Explain()!.Reason);
    }

    [Theory]
    [InlineData(0, new[] { "b", "c", "-" })]
    [InlineData(1, new[] { "a", "c", "-" })]
    public async Task ZoneIsFull_NoneThatIsLeftOutIsTaken(int refusing, string[] picks)
    {
        Endpoint[] all = [InZone("a", "a"), InZone("b", "b"), InZone("c", "b")];
        await using var balancer = await _harness.BalanceAsync(new RoundRobinPolicy(), InZoneA(1), all);
        Assert.True(balancer.TryPick(new PickContext { Tried = [.. all.Where(e => e != all[refusing])] }, out var lease));
        Assert.Equal(all[refusing], lease.Endpoint);
        lease.Complete(Outcomes.Unreachable);

        Assert.Equal(picks, balancer.Picks(3).OrderBy(static id => id == "-").ThenBy(static id => id));
    }

    [Fact]
    public async Task ZoneIsFull_TheNearestOfTheOthersComesFirst_AndACallThatWaitsGoesThere()
    {
        var options = InZoneA(1);
        options.Locality.Datacenters = ["dc1", "dc2"];
        Endpoint far = new("f", "127.0.0.1", 1) { Datacenter = "dc2" };
        Endpoint near = new("n", "127.0.0.1", 2) { Datacenter = "dc1" };
        Endpoint here = new("h", "127.0.0.1", 3) { Datacenter = "dc1", Metadata = InZone("h", "a").Metadata };
        await using var balancer = await _harness.BalanceAsync(new RoundRobinPolicy(), options, far, near, here);

        Assert.Equal(["h", "n", "f", "-"], balancer.Picks(4));
        var waiting = balancer.PickAsync(default, waitForReady: true).AsTask();
        Assert.False(waiting.IsCompleted);
        await _harness.AnswerAsync(balancer, 2, far, near, here, C);
        Assert.Equal(C, (await waiting.WithinAsync()).Endpoint);
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

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    public async Task InstanceThatWasAway_ItsOpenCallsTakeUpRoom(int listsWithoutIt)
    {
        await using var balancer = await BalanceAsync("least_request", 5, A, B);
        var open = Enumerable.Range(0, 10).Select(_ => balancer.TryPick(default, out var lease) ? lease : default).ToLookup(lease => lease.Endpoint);
        ulong index = 1;
        for (var times = 0; times < 3; times++)
        {
            for (var i = 0; i < listsWithoutIt; i++)
            {
                await _harness.AnswerAsync(balancer, ++index, i % 2 == 0 ? [B] : [B, C]);
            }

            await _harness.AnswerAsync(balancer, ++index, A, B);
            Assert.False(balancer.TryPick(default, out _));
            Assert.Equal((EndpointStanding.Full, 5), (balancer.Describe(A).Standing, balancer.Describe(A).InFlight));
        }

        foreach (var lease in open[A])
        {
            lease.Complete(Outcomes.Success);
        }

        Assert.Equal(0, balancer.Describe(A).InFlight);
        Assert.Equal(["a", "a", "a", "a", "a", "-"], balancer.Picks(6));
    }

    [Fact]
    public async Task InstanceThatWasAway_AWaitingCallGoesOnWhenOneOfBeforeEnds()
    {
        await using var balancer = await BalanceAsync("round_robin", 1, A);
        Assert.True(balancer.TryPick(default, out var first));
        await _harness.AnswerAsync(balancer, 2, B);
        await _harness.AnswerAsync(balancer, 3, A);
        var waiting = balancer.PickAsync(default, waitForReady: true).AsTask();
        Assert.False(waiting.IsCompleted);

        first.Complete(Outcomes.Success);

        Assert.Equal(A, (await waiting.WithinAsync()).Endpoint);
    }

    /// <summary>It may be another process at the same address.</summary>
    [Fact]
    public async Task InstanceThatWasAway_OnlyItsOpenCallsAreRemembered()
    {
        var options = new ServiceBalancerOptions { SlowStart = { Window = TimeSpan.FromSeconds(10) } };
        await using var balancer = await _harness.BalanceAsync(new PeakEwmaPolicy(), options, A, B);
        var open = Enumerable.Range(0, 6).Select(_ => balancer.TryPick(new PickContext { Tried = [B] }, out var lease) ? lease : default).ToList();
        open[5].Complete(new CallOutcome(CallResult.Success, TimeSpan.FromSeconds(1)));
        await _harness.AnswerAsync(balancer, 2, B);
        await _harness.AnswerAsync(balancer, 3, A, B);

        Assert.Equal((5, 0L), (balancer.Describe(A).InFlight, balancer.Describe(A).Picks));
        foreach (var lease in open[..5])
        {
            lease.Complete(Outcomes.Failure);
        }

        var back = balancer.Describe(A);
        Assert.Equal((EndpointStanding.Warming, 0, 0L), (back.Standing, back.InFlight, back.Picks));
        Assert.Null(back.AverageLatency);
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
