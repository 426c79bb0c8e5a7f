using System.Collections.Immutable;
using Rollcall.Discovery.Balancing;
using Rollcall.TestKit;
using static Rollcall.Discovery.Tests.Instances;

namespace Rollcall.Discovery.Tests.Balancing;

public sealed class LeastUsedPolicyTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(10)]
    [InlineData(101)]
    public void Counts_DifferByOneAtMostAtAnyTime(int n)
    {
        var picker = new LeastUsedPolicy().Create([.. Many(n)], random: new Random(1));
        var counts = new int[n];
        for (var i = 0; i < 20 * n; i++)
        {
            counts[picker.Call()]++;
            Assert.InRange(counts.Max() - counts.Min(), 0, 1);
        }
    }

    [Fact]
    public void Ties_AreBrokenByChance()
    {
        const int N = 10;
        var picker = new LeastUsedPolicy().Create([.. Many(N)], random: new Random(1));
        var firsts = new int[N];
        var pairs = new HashSet<(int, int)>();
        for (var round = 0; round < 2000; round++)
        {
            var picks = Enumerable.Range(0, N).Select(_ => picker.Call()).ToArray();
            firsts[picks[0]]++;
            pairs.UnionWith(picks.Zip(picks.Skip(1)));
        }

        ChiSquare.AssertFits(firsts, [.. Enumerable.Repeat(1.0, N)]);

        // Nobody comes always after the same one.
        Assert.True(pairs.Count > N * (N - 1) * 0.8, $"{pairs.Count} pairs");
    }

    [Fact]
    public void JoiningEndpoint_StartsAtTheFewestAndNotAtZero()
    {
        var policy = new LeastUsedPolicy();
        var random = new Random(1);
        var old = policy.Create([A, B], random: random);
        old.Count(1001);
        var picker = policy.Create([A, B, C], old, random);

        // 501 and 500 so far: the newcomer is as one of 500.
        var next = picker.Count(2);
        Assert.Equal(1, next[2]);
        var more = picker.Count(30);
        Assert.All(more, count => Assert.Equal(10, count));
    }

    [Fact]
    public void ListChanges_CountsOfThoseWhoStayDifferByOneAtMost()
    {
        var policy = new LeastUsedPolicy();
        var random = new Random(3);
        ImmutableArray<Endpoint> staying = [.. Many(7)];
        var comers = Many(40)[7..];
        var states = Many(40).ToDictionary(e => e, _ => new EndpointState());
        EndpointPicker? picker = null;
        for (var change = 0; change < 300; change++)
        {
            ImmutableArray<Endpoint> listed = [.. staying, .. comers.Where(_ => random.Next(2) == 0)];
            picker = policy.CreatePicker(new PickerInput(listed, picker) { Random = random, States = [.. listed.Select(e => states[e])] });
            picker.Count(random.Next(30));
            var picks = staying.Select(e => states[e].Picks).ToArray();
            Assert.InRange(picks.Max() - picks.Min(), 0, 1);
        }
    }

    [Fact]
    public void Retries_CountAsCalls()
    {
        var picker = new LeastUsedPolicy().Create([.. Many(5)], random: new Random(1));
        for (var i = 0; i < 500; i++)
        {
            Assert.True(picker.TryPick(new PickContext { Tried = [picker.Endpoints[picker.Call()]] }, out _));
            var picks = picker.States.Select(s => s.Picks).ToArray();
            Assert.InRange(picks.Max() - picks.Min(), 0, 1);
        }
    }

    [Fact]
    public async Task ManyThreads_ExactShares()
    {
        var picker = new LeastUsedPolicy().Create([.. Many(7)]);
        await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => Task.Run(() => picker.Count(7000)))).WithinAsync();

        Assert.All(picker.States, s => Assert.Equal(8000, s.Picks));
    }
}
