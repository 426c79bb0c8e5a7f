using System.Collections.Frozen;
using System.Collections.Immutable;
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

    [Fact]
    public void WeightedRoundRobin_ListThatChangesAllTheTimeStillSpreadsByWeight()
    {
        var policy = new WeightedRoundRobinPolicy();
        var random = new Random(4);
        EndpointPicker? picker = null;
        var counts = new int[3];
        for (var change = 0; change < 7000; change++)
        {
            picker = policy.Create(List([5, 1, 1]), picker, random);
            counts[picker.Call()]++;
        }

        ChiSquare.AssertFits(counts, [5, 1, 1]);
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

    /// <summary>So that a cycle is seen from its beginning.</summary>
    private sealed class StartAtZero : Random
    {
        public override int Next(int maxValue) => 0;
    }
}
