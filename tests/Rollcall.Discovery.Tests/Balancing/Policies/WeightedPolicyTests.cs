using System.Collections.Frozen;
using System.Collections.Immutable;
using System.Globalization;
using Rollcall.Discovery.Balancing;
using Rollcall.Discovery.Balancing.Internal;
using Rollcall.Discovery.Balancing.Tables;
using Rollcall.TestKit;
using static Rollcall.Discovery.Tests.Instances;

namespace Rollcall.Discovery.Tests.Balancing;

public sealed class WeightedPolicyTests
{
    public static TheoryData<int[]> WeightSets { get; } =
    [
        [5, 1, 1], [1, 1], [3, 2], [100, 1], [7, 7, 7], [1, 2, 3, 4, 5, 6, 7, 8, 9, 10], [1000, 999, 1], [0, 4, 0, 3],
        [.. Random(50, 20)], [.. Random(300, 100)],
    ];

    private static IEnumerable<int> Random(int count, int heaviest)
    {
        var random = new Random(count);
        return Enumerable.Range(0, count).Select(_ => random.Next(heaviest + 1));
    }

    private static ImmutableArray<Endpoint> List(int[] weights) => [.. Many(weights.Length).Zip(weights, static (endpoint, weight) => endpoint.With(weight))];

    [Theory]
    [MemberData(nameof(WeightSets))]
    public void WeightedRoundRobin_SharesAreExactPerCycleAndCloseAtEveryPrefix(int[] weights)
    {
        var picker = new WeightedRoundRobinPolicy().Create(List(weights), random: new StartAtZero());
        var sum = weights.Sum();
        var limit = 1 - (1 / Math.Max(1, (2.0 * weights.Count(static w => w > 0)) - 2));
        var counts = new int[weights.Length];
        var worst = 0.0;
        for (var calls = 1; calls <= 2 * sum; calls++)
        {
            counts[picker.Call()]++;
            for (var slot = 0; slot < counts.Length; slot++)
            {
                worst = Math.Max(worst, Math.Abs(counts[slot] - ((double)calls * weights[slot] / sum)));
            }
        }

        Assert.Equal(weights.Select(static w => 2 * w), counts);
        Assert.True(worst <= limit + 1e-9, $"deviation {worst} is above {limit}");
    }

    [Fact]
    public void WeightedRoundRobin_ClientsStartAnywhereInTheCycle()
    {
        var policy = new WeightedRoundRobinPolicy();
        var random = new Random(4);
        var firsts = new int[3];
        for (var client = 0; client < 7000; client++)
        {
            firsts[policy.Create(List([5, 1, 1]), random: random).Call()]++;
        }

        ChiSquare.AssertFits(firsts, [5, 1, 1]);
    }

    /// <summary>As when another instance cools down or has warmed, or when what changed is no weight.</summary>
    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    [InlineData(10)]
    [InlineData(11)]
    public void WeightedRoundRobin_SameListAgain_TurnsGoOnInTheCycle(int callsInEach)
    {
        int[] weights = [5, 3, 2, 1];
        var policy = new WeightedRoundRobinPolicy();
        var account = new Account(4);
        EndpointPicker? picker = null;
        for (var change = 0; change < 1100; change++)
        {
            picker = policy.Create(List(weights), picker, new StartAtZero());
            account.Call(picker, weights, callsInEach);
        }

        Assert.True(account.Worst <= 1 - (1 / 6.0) + 1e-9, $"deviation {account.Worst}");
    }

    /// <summary>What an endpoint has had too little or too much when it is ejected, or when others are, is made up for.</summary>
    [Theory]
    [InlineData(1, 1, 1)]
    [InlineData(5, 1, 1)]
    [InlineData(5, 3, 2, 1)]
    [InlineData(100, 1, 7)]
    [InlineData(1, 2, 3, 4, 5, 6, 7, 8, 9, 10)]
    [InlineData(1, 1, 1, 1, 1, 1, 1, 1, 1, 1)]
    [InlineData(70_001, 50_021, 30_011, 7)]
    public void WeightedRoundRobin_EndpointsComeAndGo_EachKeepsItsShareOverAllLists(params int[] weights)
    {
        Func<int, Random, int, bool>[] patterns =
        [
            static (change, _, i) => i != 0 || change % 2 == 0,
            static (change, _, i) => i != 1 || change % 2 == 0,
            (change, _, i) => i != change % weights.Length,
            static (_, random, i) => i == 0 || random.Next(4) > 0,
            static (_, random, i) => i == 1 || random.Next(2) > 0,
        ];
        foreach (var callsInEach in new[] { 1, 3, 10, 20 })
        {
            foreach (var isListed in patterns)
            {
                var policy = new WeightedRoundRobinPolicy();
                var random = new Random(5);
                var states = weights.Select(static _ => new EndpointState()).ToArray();
                var account = new Account(weights.Length);
                EndpointPicker? picker = null;
                for (var change = 0; change < (weights.Sum() > 1000 ? 20 : 200); change++)
                {
                    int[] listed = [.. Enumerable.Range(0, weights.Length).Where(i => isListed(change, random, i))];
                    var all = List(weights);
                    picker = policy.CreatePicker(new PickerInput([.. listed.Select(i => all[i])], picker) { Random = new StartAtZero(), States = [.. listed.Select(i => states[i])] });
                    account.Call(picker, weights, callsInEach == 20 ? random.Next(20) : callsInEach);
                }

                Assert.True(account.Worst < 2, $"deviation {account.Worst} with {callsInEach} calls in each of the lists {Array.IndexOf(patterns, isListed)}");
            }
        }
    }

    [Fact]
    public void WeightedRoundRobin_Newcomer_StartsWhereTheOthersAre()
    {
        var policy = new WeightedRoundRobinPolicy();
        EndpointPicker? picker = null;

        // Endpoints that leave for good take along what they were owed.
        var stays = new[] { Many(3)[0], Many(3)[1] };
        for (var i = 0; i < 500; i++)
        {
            picker = policy.Create([.. stays, Many(3 + i)[^1].With(3)], picker, new StartAtZero());
            picker.Count(2);
        }

        var counts = policy.Create([.. stays, A.With(3)], picker, new StartAtZero()).Count(50);

        Assert.InRange(counts[0], 9, 11);
        Assert.InRange(counts[1], 9, 11);
        Assert.InRange(counts[2], 29, 31);
    }

    [Fact]
    public async Task WeightedRoundRobin_InstanceThatCoolsDownAgainAndAgain_EachKeepsItsShareOfTheCallsMadeWhileItIsPicked()
    {
        await using var harness = new BalancerHarness();
        int[] weights = [5, 3, 2];
        await using var balancer = await harness.BalanceAsync(new WeightedRoundRobinPolicy(), [.. List(weights)]);
        var owed = new double[3];
        for (var round = 0; round < 300; round++)
        {
            for (var i = 0; i < 7; i++)
            {
                int[] picked = [.. balancer.Describe().Endpoints.Select(static (e, slot) => e.IsPicked ? slot : -1).Where(static slot => slot >= 0)];
                foreach (var slot in picked)
                {
                    owed[slot] += (double)weights[slot] / picked.Sum(other => weights[other]);
                }

                Assert.True(balancer.TryPick(default, out var lease));
                lease.Complete(lease.Endpoint.Id == "i00001" ? Outcomes.Unreachable : Outcomes.Success);
                owed[int.Parse(lease.Endpoint.Id[1..], CultureInfo.InvariantCulture)]--;
                Assert.All(owed, static turns => Assert.InRange(turns, -2, 2));
            }

            harness.Time.Advance(TimeSpan.FromSeconds(10));
        }

        Assert.True(balancer.Describe().Endpoints[1].Picks > 100);
    }

    [Fact]
    public void WeightedRoundRobin_CommonDivisorDoesNotLengthenTheCycle()
    {
        Assert.Equal(7, SmoothOrder.Build(EndpointWeights.ReadReduced(List([5000, 1000, 1000]), null)).Length);
        Assert.Equal(3, SmoothOrder.Build(EndpointWeights.ReadReduced(List([65535, 65535, 65535]), null)).Length);
    }

    [Fact]
    public void WeightedRoundRobin_LongCyclesAreScaledAndSharesStayClose()
    {
        int[] weights = [.. Enumerable.Range(0, 100).Select(static i => 1_000_003 + (i * 10_007)), 1];
        var order = SmoothOrder.Build(EndpointWeights.ReadReduced(List(weights), null));

        Assert.InRange(order.Length, 60_000, 70_000);
        var sum = weights.Sum(static w => (double)w);
        var shares = order.CountBy(static slot => slot).ToDictionary();
        Assert.Equal(1, shares[100]);
        for (var slot = 0; slot < 100; slot++)
        {
            Assert.Equal(weights[slot] / sum, (double)shares[slot] / order.Length, 1.0 / order.Length);
        }
    }

    [Fact]
    public async Task WeightedRoundRobin_ManyThreads_ExactShares()
    {
        var picker = new WeightedRoundRobinPolicy().Create(List([5, 1, 1]));
        await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => Task.Run(() => picker.Count(7000)))).WithinAsync();

        Assert.Equal([40_000L, 8000L, 8000L], picker.States.Select(static s => s.Picks));
    }

    [Theory]
    [MemberData(nameof(WeightSets))]
    public void WeightedRandom_FitsTheWeightsByChiSquare(int[] weights)
    {
        var counts = new WeightedRandomPolicy().Create(List(weights), random: new Random(42)).Count(100_000);

        Assert.All(counts.Zip(weights), static pair => Assert.True(pair.Second > 0 || pair.First == 0));
        ChiSquare.AssertFits(
            [.. counts.Where((_, slot) => weights[slot] > 0)], [.. weights.Where(static w => w > 0).Select(static w => (double)w)]);
    }

    [Fact]
    public void WeightedRandomRetry_FitsTheWeightsOfTheUntried()
    {
        var picker = new WeightedRandomPolicy().Create([A.With(5), B.With(3), C.With(1)], random: new Random(42));
        var counts = new int[2];
        for (var i = 0; i < 10_000; i++)
        {
            Assert.True(picker.TryPick(new PickContext { Tried = [A] }, out var lease));
            counts[lease.Slot - 1]++;
        }

        ChiSquare.AssertFits(counts, [3, 1]);
    }

    [Theory]
    [InlineData("weighted_round_robin")]
    [InlineData("weighted_random")]
    [InlineData("least_request")]
    public void WeightInMetadata_GoesBeforeTheRegistrysWhereItIsANumber(string name)
    {
        Endpoint Meta(Endpoint endpoint, string weight) => new(endpoint.Id, endpoint.Host, endpoint.Port)
        {
            Weight = 1,
            Metadata = new Dictionary<string, string> { ["weight"] = weight }.ToFrozenDictionary(),
        };
        Assert.True(BalancingPolicies.TryCreate(name, System.Text.Json.JsonElement.Parse("""{"weightKey":"weight"}"""), out var policy, out _));

        var counts = policy.Create([Meta(A, "4"), Meta(B, "heavy"), C.With(1)], random: new Random(1)).Count(6000);

        Assert.InRange(counts[0], 3850, 4150);
        Assert.InRange(counts[1], 850, 1150);
        Assert.InRange(counts[2], 850, 1150);
    }

    /// <summary>What each of some endpoints is given and what is its due, over pickers of any of them.</summary>
    private sealed class Account(int count)
    {
        private readonly double[] _owed = new double[count];

        public double Worst { get; private set; }

        public void Call(EndpointPicker picker, int[] weights, int calls)
        {
            // An endpoint is named by its place among the weights.
            int[] places = [.. picker.Endpoints.Select(static e => int.Parse(e.Id[1..], CultureInfo.InvariantCulture))];
            var sum = places.Sum(place => (double)weights[place]);
            for (var i = 0; i < calls; i++)
            {
                _owed[places[picker.Call()]]--;
                foreach (var place in places)
                {
                    _owed[place] += weights[place] / sum;
                }

                Worst = Math.Max(Worst, _owed.Max(Math.Abs));
            }
        }
    }

    /// <summary>So that a cycle is seen from its beginning.</summary>
    private sealed class StartAtZero : Random
    {
        public override int Next(int maxValue) => 0;
    }
}
