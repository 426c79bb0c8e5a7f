using System.Collections.Immutable;
using System.Text;
using Rollcall.Discovery.Balancing;
using Rollcall.Discovery.Balancing.Internal;
using Rollcall.Discovery.Balancing.Tables;
using Rollcall.TestKit;
using static Rollcall.Discovery.Tests.Instances;

namespace Rollcall.Discovery.Tests.Balancing;

public sealed class HashingPolicyTests
{
    private const int Keys = 20_000;

    private static Endpoint[] Owners(EndpointPicker picker) =>
        [.. Enumerable.Range(0, Keys).Select(key => picker.Endpoints[picker.Call((ulong)key)])];

    [Theory]
    [InlineData("", 0ul, 0xEF46DB3751D8E999ul)]
    [InlineData("a", 0ul, 0xD24EC4F1A98C6E5Bul)]
    [InlineData("abc", 0ul, 0x44BC2CF5AD770999ul)]
    [InlineData("xxhash", 0ul, 0x32DD38952C4BC720ul)]
    [InlineData("xxhash", 20141025ul, 0xB559B98D844E0635ul)]
    [InlineData("Nobody inspects the spammish repetition", 0ul, 0xFBCEA83C8A378BF1ul)]
    public void XxHash64_GivesThePublishedValues(string text, ulong seed, ulong expected) =>
        Assert.Equal(expected, XxHash64.Hash(Encoding.UTF8.GetBytes(text), seed));

    [Theory]
    [InlineData("ring_hash")]
    [InlineData("ip_hash")]
    [InlineData("maglev")]
    public void SameKey_SameEndpointWhileItLives(string name)
    {
        var policy = BalancingPolicies.Find(name);
        var all = Many(10);
        var before = policy.Create([.. all]);
        var owner = before.Endpoints[before.Call(77)];
        Assert.All(Enumerable.Range(0, 100), _ => Assert.Equal(owner, before.Endpoints[before.Call(77)]));

        // Another caller, who has seen another history, agrees.
        var elsewhere = policy.Create([.. all], policy.Create([.. Many(20)]));
        Assert.Equal(Owners(before), Owners(elsewhere));
    }

    [Theory]
    [InlineData(2)]
    [InlineData(8)]
    [InlineData(10)]
    [InlineData(33)]
    [InlineData(1000)]
    public void RingHash_OneGoes_NoKeyMovesBetweenTheOthers(int n)
    {
        var policy = new RingHashPolicy();
        var all = Many(n);
        var before = Owners(policy.Create([.. all]));
        var gone = all[n / 2];
        var after = Owners(policy.Create([.. all.Where(e => e != gone)]));

        Assert.All(before.Zip(after), pair => Assert.True(pair.First == pair.Second || pair.First.Equals(gone)));
        Assert.DoesNotContain(gone, after);
    }

    [Theory]
    [InlineData(new[] { 10, 10, 10 }, new[] { 10, 10, 1 })]
    [InlineData(new[] { 10, 10, 1 }, new[] { 10, 10, 0 })]
    [InlineData(new[] { 10, 10, 0 }, new[] { 10, 10, 5 })]
    [InlineData(new[] { 100, 100, 100 }, new[] { 100, 100, 1 })]
    [InlineData(new[] { 4, 4, 8 }, new[] { 4, 4, 0 })]
    public void RingHash_OneWeightChanges_NoKeyMovesBetweenTheOthers(int[] weights, int[] next)
    {
        var policy = new RingHashPolicy();
        var before = Owners(policy.Create([A.With(weights[0]), B.With(weights[1]), C.With(weights[2])])).Select(static e => e.Id);
        var after = Owners(policy.Create([A.With(next[0]), B.With(next[1]), .. next[2] == 0 ? [] : new[] { C.With(next[2]) }])).Select(static e => e.Id);

        Assert.DoesNotContain(before.Zip(after), static pair => pair.First != pair.Second && pair.First != "c" && pair.Second != "c");
    }

    [Fact]
    public void RingHash_LargeWeights_MakeSharesOnARingOfUsualSize()
    {
        var table = new RingTable([A, B, C], [65_535, 32_768, 1], 128, RingHashPolicy.DefaultMaxSize);
        var counts = Enumerable.Range(0, table.Length).CountBy(table.SlotAt).ToDictionary();

        Assert.InRange(table.Length, 2048, 4096);
        Assert.Equal(2, (double)counts[0] / counts[1], 0.01);
        Assert.Equal(1, counts[2]);
    }

    [Theory]
    [InlineData(10)]
    [InlineData(100)]
    public void RingHash_SharesAreAboutEqual(int n)
    {
        var counts = Owners(new RingHashPolicy().Create([.. Many(n)])).CountBy(static e => e).Select(static c => c.Value).ToArray();

        // A standard deviation of 9 % by the points, and what chance makes of the keys.
        Assert.Equal(n, counts.Length);
        Assert.All(counts, count => Assert.InRange(count / (Keys / (double)n), 0.6, 1.5));
    }

    [Fact]
    public void RingHash_MorePointsMakeSharesMoreEven()
    {
        static double Spread(int size)
        {
            var counts = Owners(new RingHashPolicy(size).Create([.. Many(20)])).CountBy(static e => e).Select(static c => (double)c.Value).ToArray();
            return Math.Sqrt(counts.Average(c => Math.Pow((c / (Keys / 20.0)) - 1, 2)));
        }

        Assert.True(Spread(64 * 1024) < Spread(128), "more points, more even");
        Assert.InRange(Spread(64 * 1024), 0, 0.06);
    }

    [Theory]
    [InlineData("ring_hash", 0.15)]
    [InlineData("maglev", 0.05)]
    public void Weights_MakeShares(string name, double tolerance)
    {
        var picker = BalancingPolicies.Find(name).Create([A.With(1), B.With(2), C.With(5)]);
        var counts = Owners(picker).CountBy(static e => e.Id).ToDictionary();

        Assert.Equal(1, counts["a"] / (Keys / 8.0), tolerance);
        Assert.Equal(2, counts["b"] / (Keys / 8.0), 2 * tolerance);
        Assert.Equal(5, counts["c"] / (Keys / 8.0), 5 * tolerance);
    }

    [Fact]
    public void RingHash_RingIsHeldToItsLargestSize()
    {
        ImmutableArray<Endpoint> endpoints = [.. Many(100)];
        int[] weights = [.. Enumerable.Repeat(1, 100)];

        Assert.Equal(12_800, new RingTable(endpoints, weights, 128, 1 << 20).Length);
        Assert.Equal(3200, new RingTable(endpoints, weights, 128, 4096).Length);
        Assert.Equal(100, new RingTable(endpoints, weights, 128, 10).Length);
    }

    [Fact]
    public void RingTable_FindsThePointThatASearchFinds()
    {
        ImmutableArray<Endpoint> endpoints = [.. Many(50)];
        var table = new RingTable(endpoints, [.. Enumerable.Repeat(1, 50)], 16, 1 << 20);
        var points = endpoints
            .SelectMany((e, slot) => Enumerable.Range(0, 16).Select(i => (Hash: XxHash64.Hash(Encoding.UTF8.GetBytes(e.Authority), (ulong)i), slot)))
            .OrderBy(static p => p.Hash)
            .ToArray();
        var random = new Random(3);
        for (var i = 0; i < 1000; i++)
        {
            var key = (ulong)random.NextInt64() << 1;
            var found = points.FirstOrDefault(p => p.Hash >= key, points[0]);
            Assert.Equal(found.slot, table.SlotAt(table.Locate(key)));
        }

        Assert.Equal(points[0].slot, table.SlotAt(table.Locate(ulong.MaxValue)));
        Assert.Equal(points[0].slot, table.SlotAt(table.Locate(0)));
    }

    [Theory]
    [InlineData(3)]
    [InlineData(10)]
    [InlineData(655)]
    [InlineData(1000)]
    public void Maglev_SharesAreEqualWithinOnePercent(int n)
    {
        var size = MaglevTable.SizeFor(n);
        var table = MaglevTable.Build([.. Many(n)], [.. Enumerable.Repeat(1, n)], size);
        var counts = Enumerable.Range(0, size).CountBy(table.SlotAt).Select(static c => c.Value).ToArray();

        Assert.Equal(n, counts.Length);
        Assert.InRange(counts.Max() / (size / (double)n), 1, 1.01);
        Assert.InRange(counts.Max() - counts.Min(), 0, 1);
    }

    [Theory]
    [InlineData(10)]
    [InlineData(100)]
    [InlineData(600)]
    public void Maglev_OneGoes_OnePercentOfTheKeysAtMostMoveBetweenTheOthers(int n)
    {
        var policy = new MaglevPolicy();
        var all = Many(n);
        var gone = all[n / 3];
        var before = Owners(policy.Create([.. all]));
        var after = Owners(policy.Create([.. all.Where(e => e != gone)]));

        var extra = before.Zip(after).Count(pair => pair.First != pair.Second && !pair.First.Equals(gone));
        Assert.InRange(extra, 0, Keys / 100);
    }

    [Fact]
    public void Maglev_SizeIsAPrimeOfAHundredForEachAtLeast()
    {
        Assert.Equal(65_537, MaglevTable.SizeFor(1));
        Assert.Equal(65_537, MaglevTable.SizeFor(655));
        Assert.Equal(102_407, MaglevTable.SizeFor(656));
        Assert.Equal(102_407, MaglevTable.SizeFor(1024));
        Assert.InRange(MaglevTable.SizeFor(100_000), 10_000_000, 13_107_300);
        Assert.Equal(1009, MaglevTable.NextPrime(1000));
    }

    /// <summary>Round by round, as the paper has it, with the weights added up: what the table is, however it is made.</summary>
    [Fact]
    public void Maglev_PlacesAreTakenInTurnsByWeight()
    {
        var random = new Random(4);
        for (var run = 0; run < 200; run++)
        {
            var endpoints = Many(random.Next(1, 30));
            int[] weights = [.. endpoints.Select(_ => random.Next(run % 3 == 0 ? 2 : run % 3 == 1 ? 12 : 70_000))];
            weights[random.Next(weights.Length)] = Math.Max(1, weights.Max());
            var table = MaglevTable.Build([.. endpoints], weights, 1009);

            Assert.Equal(ByRounds(endpoints, weights, 1009), Enumerable.Range(0, table.Length).Select(table.SlotAt));
        }

        static int[] ByRounds(Endpoint[] endpoints, int[] weights, int size)
        {
            var table = new int[size];
            Array.Fill(table, -1);
            int[] places = [.. endpoints.Select(e => (int)(XxHash64.Hash(Encoding.UTF8.GetBytes(e.Authority)) % (uint)size))];
            int[] skips = [.. endpoints.Select(e => 1 + (int)(XxHash64.Hash(Encoding.UTF8.GetBytes(e.Authority), 1) % (uint)(size - 1)))];
            var owed = new long[endpoints.Length];
            for (var filled = 0; filled < size;)
            {
                for (var slot = 0; slot < places.Length && filled < size; slot++)
                {
                    owed[slot] += weights[slot];
                    if (owed[slot] >= weights.Max())
                    {
                        owed[slot] -= weights.Max();
                        while (table[places[slot]] >= 0)
                        {
                            places[slot] = (places[slot] + skips[slot]) % size;
                        }

                        table[places[slot]] = slot;
                        filled++;
                    }
                }
            }

            return table;
        }
    }

    /// <summary>A turn of the heavy one must not cost a look at all others: that would be ten thousand million looks.</summary>
    [Fact]
    public void Maglev_OneOfVeryManyIsHeavy_ItsTurnsCostNoMoreThanOthers()
    {
        int[] weights = [65_535, .. Enumerable.Repeat(1, 9_999)];
        var size = MaglevTable.SizeFor(weights.Length);
        var table = MaglevTable.Build([.. Many(weights.Length)], weights, size);

        var heavy = Enumerable.Range(0, table.Length).Count(place => table.SlotAt(place) == 0);
        Assert.Equal(65_535.0 / (65_535 + 9_999), (double)heavy / size, 0.01);
    }

    [Fact]
    public async Task MaglevTableThatCanNotBeBuilt_IsLogged_AndThoseAfterItAreBuilt()
    {
        using var log = new LogCollector();
        log.Expect(static e => e.Message.StartsWith("The Maglev table of 2 instances", StringComparison.Ordinal));
        var builds = new MaglevBuilds();
        var picker = new MaglevPicker(new PickerInput([A, B]), MaglevTable.Plain([1, 0]), [1, 1], 0, builds);

        builds.Start(picker, [], 11, log.CreateLogger("maglev"));
        await builds.Idle.WithinAsync();
        Assert.Equal(1, picker.Table.Length);
        Assert.Single(log.Entries);

        builds.Start(picker, [1, 1], 11, log.CreateLogger("maglev"));
        await builds.Idle.WithinAsync();
        Assert.Equal(11, picker.Table.Length);
    }

    [Fact]
    public async Task MaglevOfAVeryLongList_IsBuiltInTheBackgroundAndPicksGoOnMeanwhile()
    {
        // A table as small as the list will do here.
        var policy = new MaglevPolicy(tableSize: 20_011);
        var all = Many(10_500);
        var first = (MaglevPicker)policy.Create([.. all]);
        Assert.True(first.TryPick(new PickContext { HashKey = 1 }, out _));
        await first.Builds!.Idle.WithinAsync();
        var owners = Owners(first);
        Assert.Equal(owners, Owners(policy.Create([.. all]) is MaglevPicker again && await Built(again) ? again : throw new InvalidOperationException()));

        // Before the new table is there, the old one stands in: nobody moves who needs not.
        var gone = all[..100].ToHashSet();
        var next = (MaglevPicker)policy.Create([.. all[100..]], first);
        var meanwhile = Owners(next);
        Assert.All(owners.Zip(meanwhile), pair => Assert.True(pair.First == pair.Second || gone.Contains(pair.First) || next.Builds!.Idle.IsCompleted));
        Assert.DoesNotContain(meanwhile, gone.Contains);
        await next.Builds!.Idle.WithinAsync();
        Assert.DoesNotContain(Owners(next), gone.Contains);

        static async Task<bool> Built(MaglevPicker picker)
        {
            await picker.Builds!.Idle.WithinAsync();
            return true;
        }
    }

    [Fact]
    public void MaglevPatch_GivesPlacesOfThoseGoneToTheNext()
    {
        var table = MaglevTable.Plain([1, 1, 1, 1]).Patch([0, -1, 1, -1]);

        Assert.Equal([0, 1, 1, 0], Enumerable.Range(0, 4).Select(table.SlotAt));
    }

    [Theory]
    [InlineData("ring_hash_bounded")]
    [InlineData("maglev_bounded")]
    [InlineData("ip_hash_bounded")]
    public void BoundedLoad_NoEndpointHasMoreThanItsShareTimesTheFactor(string name)
    {
        const int N = 20;
        var picker = BalancingPolicies.Find(name).Create([.. Many(N)]);
        var open = new Queue<PickLease>();
        var random = new Random(1);
        for (var i = 0; i < 5000; i++)
        {
            // Half of the calls have the same key.
            open.Enqueue(picker.Open(i % 2 == 0 ? 7ul : (ulong)random.Next()));
            Assert.True(picker.States.Max(s => s.InFlight) <= Math.Ceiling(1.25 * open.Count / N));
            if (open.Count > 400)
            {
                open.Dequeue().Succeed();
            }
        }

        // The bound follows the calls in flight down again.
        while (open.TryDequeue(out var lease))
        {
            lease.Succeed();
        }

        picker.Open(7);
        picker.Open(7);
        Assert.Equal(1, picker.States.Max(s => s.InFlight));
    }

    [Fact]
    public void BoundedLoad_KeysStayWhereTheyAreWhileThereIsRoom()
    {
        var plain = new RingHashPolicy().Create([.. Many(10)]);
        var bounded = new RingHashPolicy(loadFactor: 1.25).Create([.. Many(10)]);

        Assert.Equal(Owners(plain), Owners(bounded));
    }

    [Fact]
    public void BoundedLoad_CountsGoOnWhenTheListChanges()
    {
        var policy = new MaglevPolicy(1009, loadFactor: 1);
        var old = policy.Create([A, B]);
        PickLease[] leases = [old.Open(1), old.Open(1), old.Open(1), old.Open(1)];
        var picker = policy.Create([A, B, C], old);
        picker.Open(1);
        picker.Open(1);
        foreach (var lease in leases)
        {
            lease.Succeed();
        }

        Assert.Equal([0, 0, 2], picker.States.Select(s => s.InFlight).Order());
        picker.Open(1);
        Assert.Equal(1, picker.States.Count(s => s.InFlight == 1));
    }

    [Theory]
    [InlineData("ring_hash")]
    [InlineData("maglev")]
    public void NoKey_AnyEndpoint(string name)
    {
        var picker = BalancingPolicies.Find(name).Create([.. Many(10)], random: new Random(4));

        Assert.All(picker.Count(10_000), count => Assert.InRange(count, 500, 1500));
    }

    [Theory]
    [InlineData("ring_hash")]
    [InlineData("maglev")]
    public void RetriesOfKeysOfOneEndpoint_SpreadOverTheOthers(string name)
    {
        var picker = BalancingPolicies.Find(name).Create([.. Many(10)]);
        var retries = new HashSet<Endpoint>();
        for (var key = 0ul; key < 2000; key++)
        {
            if (picker.Call(key) == 3)
            {
                Assert.True(picker.TryPick(new PickContext { HashKey = key, Tried = [picker.Endpoints[3]] }, out var lease));
                retries.Add(lease.Endpoint);
            }
        }

        Assert.Equal(9, retries.Count);
    }

    [Fact]
    public void SizesOutOfRange_AreRefused()
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => new RingHashPolicy(0));
        Assert.Throws<ArgumentOutOfRangeException>(() => new RingHashPolicy(maxRingSize: 10_000_000));
        Assert.Throws<ArgumentOutOfRangeException>(() => new RingHashPolicy(loadFactor: 0.9));
        Assert.Throws<ArgumentOutOfRangeException>(() => new MaglevPolicy(-1));
        Assert.Throws<ArgumentOutOfRangeException>(() => new IpHashPolicy(loadFactor: double.NaN));
    }
}
