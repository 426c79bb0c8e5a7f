using System.Collections.Frozen;
using Rollcall.Discovery.Balancing;
using Rollcall.Discovery.Balancing.Canary;
using Rollcall.Discovery.Selecting;
using Rollcall.TestKit;

namespace Rollcall.Discovery.Tests.Balancing.Canary;

public sealed class CanaryTests
{
    private static readonly Endpoint[] s_old = [Instance("a", "1.4.0"), Instance("b", "1.4.0"), Instance("c", "1.4.1")];
    private static readonly Endpoint[] s_new = [Instance("x", "2.0.0"), Instance("y", "2.0.0")];

    private static Endpoint Instance(string id, string version) => new(id, "127.0.0.1", 1000 + id[0])
    {
        Metadata = new Dictionary<string, string> { ["version"] = version }.ToFrozenDictionary(),
    };

    private static CanaryRule Rule(double percent = 0, string? header = null, string? value = null) => new()
    {
        Instances = new EndpointSelector { Version = VersionRange.Parse("^2") },
        Percent = percent,
        Header = header,
        HeaderValue = value,
    };

    private static EndpointPicker Picker(CanaryRule rule, params Endpoint[] endpoints) =>
        new CanaryPolicy(new RoundRobinPolicy(), rule).Create([.. endpoints], random: new Random(3));

    private static string Pick(EndpointPicker picker, PickContext context = default)
    {
        Assert.True(picker.TryPick(context, out var lease));
        lease.Complete(new CallOutcome(CallResult.Success, TimeSpan.Zero));
        return lease.Endpoint.Id;
    }

    private static Dictionary<string, int> Count(EndpointPicker picker, int picks, Func<int, PickContext>? context = null)
    {
        var counts = s_old.Concat(s_new).ToDictionary(static e => e.Id, static _ => 0);
        for (var i = 0; i < picks; i++)
        {
            counts[Pick(picker, context?.Invoke(i) ?? default)]++;
        }

        return counts;
    }

    [Theory]
    [InlineData(0)]
    [InlineData(0.5)]
    [InlineData(10)]
    [InlineData(75)]
    [InlineData(100)]
    public void Share_IsKeptAndEachSideIsSpreadByThePolicy(double percent)
    {
        var counts = Count(Picker(Rule(percent), [.. s_new, .. s_old]), 20_000);

        var trial = counts["x"] + counts["y"];
        Assert.InRange(trial / 200.0, percent - (percent is 0 or 100 ? 0 : 1), percent + (percent is 0 or 100 ? 0 : 1));
        Assert.InRange(counts["x"] - counts["y"], -1, 1);
        Assert.InRange(counts["a"] - counts["c"], -1, 1);
    }

    [Fact]
    public void HashKey_KeepsACallerOnOneSideAndTheShareOfCallers()
    {
        var picker = Picker(Rule(20), [.. s_old, .. s_new]);
        var trial = 0;
        for (var caller = 0UL; caller < 5_000; caller++)
        {
            var sides = Enumerable.Range(0, 4).Select(_ => Pick(picker, new PickContext { HashKey = caller }) is "x" or "y").Distinct().ToList();
            Assert.Single(sides);
            trial += sides[0] ? 1 : 0;
        }

        Assert.InRange(trial, 900, 1100);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(100)]
    public void Header_DecidesWhateverTheShare(double percent)
    {
        var picker = Picker(Rule(percent, "x-canary"), [.. s_old, .. s_new]);

        var sent = Count(picker, 100, static _ => new PickContext { Canary = true });
        var kept = Count(picker, 100, static _ => new PickContext { Canary = false });

        Assert.Equal(100, sent["x"] + sent["y"]);
        Assert.Equal(0, kept["x"] + kept["y"]);
    }

    [Theory]
    [InlineData(null, null, null)]
    [InlineData(null, "always", true)]
    [InlineData(null, "", true)]
    [InlineData(null, "FALSE", false)]
    [InlineData(null, "0", false)]
    [InlineData(null, "never", false)]
    [InlineData("beta", "Beta", true)]
    [InlineData("beta", "false", null)]
    [InlineData("beta", null, null)]
    public void HeaderOfACall_IsReadByTheRule(string? wanted, string? value, bool? decision) =>
        Assert.Equal(decision, Rule(5, "x-canary", wanted).Decide(value));

    [Fact]
    public void SideWithoutInstance_LeavesItsCallsToTheOther()
    {
        Assert.Equal("a", Pick(Picker(Rule(100), s_old[0]), new PickContext { Canary = true }));
        Assert.Equal("x", Pick(Picker(Rule(0), s_new[0]), new PickContext { Canary = false }));
        Assert.False(Picker(Rule(50)).TryPick(default, out _));
    }

    [Fact]
    public void FurtherAttempts_StayOnTheirSideAndThenGoToTheOther()
    {
        var picker = Picker(Rule(100), [.. s_old, .. s_new]);
        var tried = new List<Endpoint>();
        for (var i = 0; i < 5; i++)
        {
            var id = Pick(picker, new PickContext { Tried = tried });
            tried.Add(s_old.Concat(s_new).Single(e => e.Id == id));
        }

        Assert.Equal(["x", "y"], tried.Take(2).Select(e => e.Id).Order());
        Assert.Equal(5, tried.Distinct().Count());
    }

    [Fact]
    public void ListThatChanges_GoesOnWithinEachSide()
    {
        var policy = new CanaryPolicy(new RoundRobinPolicy(), Rule(0));
        var one = policy.Create([.. s_old], random: new Random(3));
        var first = Pick(one);
        var two = policy.Create([.. s_old, .. s_new], one);
        var second = Pick(two);
        var three = policy.Create([.. s_old], two);
        var third = Pick(three);

        Assert.Equal(["a", "b", "c"], new[] { first, second, third }.Order());
    }

    [Fact]
    public void EndOfACall_ReachesThePolicyOfItsSide()
    {
        var recorder = new SlotRecorder();
        var picker = new CanaryPolicy(recorder, Rule(0)).Create([s_old[0], s_new[0], s_old[1], s_new[1]]);

        foreach (var trial in new[] { true, false })
        {
            for (var i = 0; i < 2; i++)
            {
                Assert.True(picker.TryPick(new PickContext { Canary = trial }, out var lease));
                Assert.Equal(1, picker.States[lease.Slot].InFlight);
                lease.Complete(new CallOutcome(CallResult.Success, TimeSpan.Zero));
                Assert.Equal(0, picker.States[lease.Slot].InFlight);
                Assert.Equal(lease.Endpoint, recorder.Ended[^1]);
            }
        }

        Assert.Equal(["x", "y", "a", "b"], recorder.Ended.Select(e => e.Id));
    }

    [Fact]
    public void PickAndEnd_AllocateNothing()
    {
        var picker = Picker(Rule(50), [.. s_old, .. s_new]);
        Pick(picker);
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < 1000; i++)
        {
            Pick(picker);
        }

        Assert.Equal(before, GC.GetAllocatedBytesForCurrentThread());
    }

    [Fact]
    public async Task RuleThatChangesWhileCallsAreMade_HoldsFromThePickOn()
    {
        var source = new ScriptedSource();
        await using var directory = new EndpointDirectory(source);
        await using var balancer = new ServiceBalancer(directory.Watch(new ServiceQuery("orders")), new RoundRobinPolicy());
        source.Answer(1, [.. s_old, .. s_new]);
        await balancer.PickAsync(default).AsTask().WithinAsync();

        balancer.Apply(balancer.Policy, new ServiceBalancerOptions { Canary = Rule(100) });
        Assert.All(Enumerable.Range(0, 50), _ => Assert.Contains(Picked(balancer), "xy", StringComparison.Ordinal));
        balancer.Apply(balancer.Policy, new ServiceBalancerOptions { Canary = Rule(0) });
        Assert.All(Enumerable.Range(0, 50), _ => Assert.Contains(Picked(balancer), "abc", StringComparison.Ordinal));

        Assert.Equal("round_robin", balancer.Policy.Name);
    }

    [Fact]
    public async Task InstancesOnTrialRefuseConnections_TheirCallsGoToTheOthers()
    {
        var source = new ScriptedSource();
        await using var directory = new EndpointDirectory(source);
        await using var balancer = new ServiceBalancer(
            directory.Watch(new ServiceQuery("orders")), new RoundRobinPolicy(), new ServiceBalancerOptions { Canary = Rule(100) });
        source.Answer(1, [.. s_old, s_new[0]]);
        var lease = await balancer.PickAsync(default).AsTask().WithinAsync();
        Assert.Equal("x", lease.Endpoint.Id);

        lease.Complete(new CallOutcome(CallResult.Unreachable, TimeSpan.Zero));

        await Eventually.TrueAsync(() => Picked(balancer) is "a" or "b" or "c");
    }

    [Theory]
    [InlineData("ring_hash")]
    [InlineData("maglev")]
    [InlineData("random")]
    public async Task RegularInstanceIsNew_NoKeyChangesItsSideAndTheShareStays(string policy)
    {
        await using var harness = new BalancerHarness();
        var options = new ServiceBalancerOptions
        {
            Canary = Rule(50), SlowStart = { Window = TimeSpan.FromMinutes(10) }, Random = new ThreadSafeRandom(5),
        };
        await using var balancer = await harness.BalanceAsync(BalancingPolicies.Find(policy), options, [.. s_old[..2], .. s_new]);
        bool[] before = [.. Enumerable.Range(0, 10_000).Select(key => IsOnTrial((ulong)key))];

        await harness.AnswerAsync(balancer, 2, [.. s_old, .. s_new]);

        Assert.Equal(before, Enumerable.Range(0, 10_000).Select(key => IsOnTrial((ulong)key)));
        Assert.InRange(Enumerable.Range(0, 10_000).Count(_ => IsOnTrial(null)), 4_850, 5_150);

        bool IsOnTrial(ulong? key)
        {
            Assert.True(balancer.TryPick(new PickContext { HashKey = key }, out var lease));
            lease.Complete(Outcomes.Success);
            return s_new.Contains(lease.Endpoint);
        }
    }

    [Theory]
    [InlineData(-1)]
    [InlineData(100.5)]
    [InlineData(double.NaN)]
    public void ShareOutOfRange_IsRefused(double percent) =>
        Assert.Contains("Canary.Percent must be from 0 to 100", Refusal(Rule(percent)), StringComparison.Ordinal);

    [Fact]
    public void RuleThatCantBeMeant_IsRefused()
    {
        Assert.Contains("must not select every instance", Refusal(new CanaryRule { Instances = EndpointSelector.All }), StringComparison.Ordinal);
        Assert.Contains("Canary.Header must not be empty", Refusal(Rule(1, "")), StringComparison.Ordinal);
        Assert.Contains("Canary.HeaderValue needs a Header", Refusal(Rule(1, null, "x")), StringComparison.Ordinal);
    }

    private static string Picked(ServiceBalancer balancer) => balancer.TryPick(default, out var lease) ? lease.Endpoint.Id : "-";

    private static string Refusal(CanaryRule rule)
    {
        using var directory = new StaticDirectory();
        return Assert.Throws<ArgumentException>(() => directory.Balance(new ServiceBalancerOptions { Canary = rule })).Message;
    }

    private sealed class StaticDirectory : IDisposable
    {
        private readonly EndpointDirectory _directory = new(new StaticEndpointSource());

        public ServiceBalancer Balance(ServiceBalancerOptions options) => new(_directory.Watch(new ServiceQuery("orders")), new RoundRobinPolicy(), options);

        public void Dispose() => _ = _directory.DisposeAsync().AsTask();
    }

    /// <summary>Takes one after the other from the start, and remembers the ends.</summary>
    private sealed class SlotRecorder : IBalancingPolicy
    {
        public List<Endpoint> Ended { get; } = [];

        public string Name => "recorder";

        public EndpointPicker CreatePicker(PickerInput input) => new Picker(input, Ended);

        private sealed class Picker(PickerInput input, List<Endpoint> ended) : EndpointPicker(input)
        {
            private int _next = -1;

            public override int Choose(in PickContext context) => ++_next % Endpoints.Length;

            public override void OnCompleted(int slot, in CallOutcome outcome) => ended.Add(Endpoints[slot]);
        }
    }
}
