using System.Collections.Immutable;
using Rollcall.Discovery.Balancing;
using Rollcall.TestKit;
using static Rollcall.Discovery.Tests.Instances;

namespace Rollcall.Discovery.Tests.Balancing;

public sealed class PolicyTests
{
    private static int[] Counts(EndpointPicker picker, ImmutableArray<Endpoint> endpoints, int calls)
    {
        var counts = new int[endpoints.Length];
        for (var i = 0; i < calls; i++)
        {
            counts[endpoints.IndexOf(Pick(picker))]++;
        }

        return counts;
    }

    private static Endpoint Pick(EndpointPicker picker, params Endpoint[] tried)
    {
        Assert.True(picker.TryPick(new PickContext { Tried = tried }, out var lease));
        return lease.Endpoint;
    }

    [Fact]
    public void PickFirst_StaysWithItsEndpointWhileItIsListed()
    {
        var policy = new PickFirstPolicy();
        var picker = policy.Create([B, C]);
        Assert.Equal(B, Pick(picker));

        picker = policy.Create([A, B, C], picker);
        Assert.Equal(B, Pick(picker));

        picker = policy.Create([A, C], picker);
        Assert.Equal(A, Pick(picker));
        Assert.Equal(A, Pick(picker));
    }

    [Fact]
    public void PickFirstShuffled_ClientsSpread()
    {
        var policy = new PickFirstPolicy(shuffle: true);
        var random = new Random(11);
        var chosen = Enumerable.Range(0, 100).Select(_ => Pick(policy.Create([A, B, C], random: random))).ToHashSet();

        Assert.Equal(3, chosen.Count);
    }

    [Theory]
    [InlineData(2)]
    [InlineData(10)]
    [InlineData(100)]
    public void Random_IsUniformByChiSquare(int n)
    {
        ImmutableArray<Endpoint> endpoints = [.. Many(n)];
        const int PerEndpoint = 1000;
        var counts = Counts(new RandomPolicy().Create(endpoints, random: new Random(42)), endpoints, n * PerEndpoint);

        ChiSquare.AssertFits(counts, [.. Enumerable.Repeat(1.0, n)]);
    }

    [Fact]
    public void RandomRetry_IsUniformOverTheUntried()
    {
        var picker = new RandomPolicy().Create([A, B, C], random: new Random(42));
        var b = Enumerable.Range(0, 10_000).Count(_ => Pick(picker, A).Equals(B));

        Assert.InRange(b, 4800, 5200);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    [InlineData(7)]
    [InlineData(1000)]
    public void RoundRobin_CountsDifferByOneAtMostOverAnyWindow(int n)
    {
        ImmutableArray<Endpoint> endpoints = [.. Many(n)];
        var picker = new RoundRobinPolicy().Create(endpoints, random: new Random(3));
        Endpoint[] picks = [.. Enumerable.Range(0, 5 * n).Select(_ => Pick(picker))];

        // Equal to: any n picks in a row are all different, and the order repeats.
        for (var i = 0; i + n <= picks.Length; i += Math.Max(1, n / 10))
        {
            Assert.Equal(n, picks.AsSpan(i, n).ToArray().Distinct().Count());
        }

        for (var i = n; i < picks.Length; i++)
        {
            Assert.Same(picks[i - n], picks[i]);
        }
    }

    [Fact]
    public void RoundRobin_ClientsStartAnywhere()
    {
        ImmutableArray<Endpoint> endpoints = [.. Many(10)];
        var policy = new RoundRobinPolicy();
        var random = new Random(5);
        var starts = new int[10];
        for (var i = 0; i < 10_000; i++)
        {
            starts[endpoints.IndexOf(Pick(policy.Create(endpoints, random: random)))]++;
        }

        Assert.All(starts, s => Assert.InRange(s, 880, 1120));
    }

    [Fact]
    public void RoundRobin_NewListGoesOnAfterTheLastUsed()
    {
        var policy = new RoundRobinPolicy();
        var picker = policy.Create([A, B, C]);
        while (!Pick(picker).Equals(A))
        {
        }

        picker = policy.Create([A, C], picker);
        Assert.Equal([C, A, C], [Pick(picker), Pick(picker), Pick(picker)]);

        picker = policy.Create([A, B, C], picker);
        Assert.Equal([A, B, C], [Pick(picker), Pick(picker), Pick(picker)]);
    }

    [Fact]
    public void RoundRobin_ListThatChangesAllTheTimeStillSpreads()
    {
        // A picker that started at the same place each time would send every call to the same endpoint.
        ImmutableArray<Endpoint> endpoints = [.. Many(5)];
        var policy = new RoundRobinPolicy();
        var picker = policy.Create(endpoints);
        var counts = new int[5];
        for (var i = 0; i < 100; i++)
        {
            counts[endpoints.IndexOf(Pick(picker))]++;
            picker = policy.Create(endpoints, picker);
        }

        Assert.All(counts, c => Assert.Equal(20, c));
    }

    [Fact]
    public async Task RoundRobin_ManyThreads_ExactShares()
    {
        ImmutableArray<Endpoint> endpoints = [.. Many(7)];
        var picker = new RoundRobinPolicy().Create(endpoints, random: new Random(3));
        var counts = new int[7];
        Task[] callers =
        [
            .. Enumerable.Range(0, 8).Select(_ => Task.Run(() =>
            {
                for (var i = 0; i < 7000; i++) { Interlocked.Increment(ref counts[endpoints.IndexOf(Pick(picker))]); } })),
        ];
        await Task.WhenAll(callers).WithinAsync();

        Assert.All(counts, c => Assert.Equal(8000, c));
    }
}
