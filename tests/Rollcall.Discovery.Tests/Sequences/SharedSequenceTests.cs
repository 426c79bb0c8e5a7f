using System.Collections.Concurrent;
using Rollcall.Discovery.Balancing;
using Rollcall.Discovery.Events;
using Rollcall.Discovery.Sequences.Internal;
using Rollcall.TestKit;
using static Rollcall.Discovery.Tests.Instances;

namespace Rollcall.Discovery.Tests.Sequences;

public sealed class SharedSequenceTests
{
    /// <summary>Where numbers that nobody claimed begin, to tell them apart.</summary>
    private const int Own = 1_000_000_000;

    private static readonly ServiceQuery s_orders = new("orders");

    private readonly CountedSequence _source = new();
    private readonly FakeTimeProvider _time = new();

    [Fact]
    public async Task TenCallers_NeverGetTheSameNumber_AndLeaveNoGapsButInTheirLastBlocks()
    {
        var callers = await StartAsync(10);
        ConcurrentBag<long> numbers = [];

        await Task.WhenAll(callers.Select(caller => Task.Run(async () =>
        {
            for (var i = 0; i < 20_000; i++)
            {
                numbers.Add(caller.Next(7));
                if (i % 5 == 0)
                {
                    // Calls take longer than numbers: no caller gets through a block while it waits for the next.
                    await caller.Idle;
                }
            }
        }))).WithinAsync(TimeSpan.FromSeconds(30));

        var shared = numbers.Where(static n => n < Own).ToList();
        Assert.Equal(shared.Count, shared.Distinct().Count());
        Assert.True(shared.Count > 199_000, $"only {shared.Count} of 200000 were shared");
        Assert.True(_source.Asked * 20 < numbers.Count, $"asked {_source.Asked} times for {numbers.Count} numbers");

        // Over all numbers that were taken, no endpoint is far from its part: what is missing are at most three runs of each caller.
        var perEndpoint = shared.GroupBy(static n => n % 7).Select(static g => g.Count()).ToList();
        Assert.True(perEndpoint.Max() - perEndpoint.Min() <= 1 + (3 * 10), string.Join(' ', perEndpoint));
    }

    [Fact]
    public async Task Callers_BeginAtDifferentEndpoints()
    {
        var callers = await StartAsync(10);

        Assert.Equal(Enumerable.Range(0, 10).Select(static i => (long)i), callers.Select(static c => c.Next(10) % 10).Order());
    }

    [Fact]
    public async Task OneCaller_GoesOnInOrder_FromBlockToBlock()
    {
        var caller = (await StartAsync(1))[0];
        List<long> numbers = [];
        for (var i = 0; i < 1000; i++)
        {
            numbers.Add(caller.Next(5));
            await caller.Idle.WithinAsync();
        }

        Assert.All(numbers, static n => Assert.InRange(n, 0, Own - 1));
        Assert.Equal(1000, numbers.Distinct().Count());
        Assert.All(numbers.GroupBy(static n => n % 5), static g => Assert.InRange(g.Count(), 199, 201));
    }

    [Fact]
    public async Task Blocks_GrowWithTheRate_AndShrinkAgain()
    {
        var caller = (await StartAsync(1))[0];
        await TakeAsync(5000, TimeSpan.FromMilliseconds(1));
        var asked = _source.Asked;
        await TakeAsync(5000, TimeSpan.FromMilliseconds(1));
        Assert.InRange(_source.Asked - asked, 4, 12);

        await TakeAsync(2000, TimeSpan.FromMilliseconds(100));
        asked = _source.Asked;
        await TakeAsync(200, TimeSpan.FromMilliseconds(100));
        Assert.InRange(_source.Asked - asked, 200 / SharedSequence.MinBlock / 2, (200 / SharedSequence.MinBlock) + 1);

        async Task TakeAsync(int count, TimeSpan pause)
        {
            for (var i = 0; i < count; i++)
            {
                _time.Advance(pause);
                caller.Next(5);
                await caller.Idle.WithinAsync();
            }
        }
    }

    [Fact]
    public async Task SourceThatIsSlow_KeepsNobodyWaiting()
    {
        var gate = new TaskCompletionSource();
        _source.Gate = gate.Task;
        await using var directory = Directory();
        var caller = directory.Sequences!.Of(s_orders);

        var own = Enumerable.Range(0, 100).Select(_ => caller.Next(5)).ToList();
        Assert.Equal(Enumerable.Range(Own + 1, 100).Select(static n => (long)n), own);
        Assert.InRange(_source.Asked, 0, 1);

        gate.SetResult();
        await caller.Idle.WithinAsync();
        Assert.InRange(caller.Next(5), 0, SharedSequence.MinBlock);
    }

    [Fact]
    public async Task SourceThatFails_IsToldOnce_AskedRarely_AndUsedAgain()
    {
        using var logs = new LogCollector();
        _source.Down = new HttpRequestException("connection refused");
        await using var directory = Directory(logs);
        await using var events = directory.Events.ReadAllAsync().GetAsyncEnumerator();
        var told = events.MoveNextAsync().AsTask();
        await Eventually.TrueAsync(() => directory.Events.IsObserved);
        var caller = directory.Sequences!.Of(s_orders);
        await told.WithinAsync();
        Assert.Equal("connection refused", Assert.IsType<SequenceChanged>(events.Current).Fault);

        for (var second = 0; second < 60; second++)
        {
            for (var i = 0; i < 100; i++)
            {
                Assert.True(caller.Next(5) > Own);
            }

            await caller.Idle.WithinAsync();
            _time.Advance(TimeSpan.FromSeconds(1));
        }

        Assert.InRange(_source.Asked, 6, 20);
        Assert.Single(logs.Entries, static e => e.Message.Contains("gives no numbers of the sequence", StringComparison.Ordinal));

        told = events.MoveNextAsync().AsTask();
        _source.Down = null;
        _time.Advance(TimeSpan.FromSeconds(11));
        caller.Next(5);
        await told.WithinAsync();
        Assert.Null(Assert.IsType<SequenceChanged>(events.Current).Fault);
        Assert.InRange(caller.Next(5), 0, SharedSequence.MinBlock);
    }

    [Fact]
    public async Task Policy_PicksByTheSharedNumbers_AndIsAPlainRoundRobinWithoutThem()
    {
        var endpoints = Many(5);
        await using var directory = Directory(source: endpoints);
        await using var alone = new EndpointDirectory(new StaticEndpointSource(endpoints));
        await using var shared = new ServiceBalancer(directory.Watch(s_orders), BalancingPolicies.Find("shared_round_robin"));
        await using var other = new ServiceBalancer(directory.Watch(s_orders), BalancingPolicies.Find("shared_round_robin"));
        await using var plain = new ServiceBalancer(alone.Watch(s_orders), BalancingPolicies.Find("shared_round_robin"));

        await shared.PickAsync(default).AsTask().WithinAsync();
        await other.PickAsync(default).AsTask().WithinAsync();
        await plain.PickAsync(default).AsTask().WithinAsync();
        await directory.Sequences!.Of(s_orders).Idle.WithinAsync();

        // Two balancers of a process take turns in one sequence.
        var turns = Enumerable.Range(0, 10).Select(i => Array.IndexOf(endpoints, Pick(i % 2 == 0 ? shared : other))).ToList();
        Assert.All(turns.Zip(turns.Skip(1)), static turn => Assert.Equal((turn.First + 1) % 5, turn.Second));
        var own = Enumerable.Range(0, 10).Select(_ => Array.IndexOf(endpoints, Pick(plain))).ToList();
        Assert.All(own.Zip(own.Skip(1)), static turn => Assert.Equal((turn.First + 1) % 5, turn.Second));

        static Endpoint Pick(ServiceBalancer balancer)
        {
            Assert.True(balancer.TryPick(default, out var lease));
            return lease.Endpoint;
        }
    }

    [Fact]
    public async Task Directory_EndsItsClaimsBeforeItsEnd()
    {
        _source.Gate = new TaskCompletionSource().Task;
        var directory = Directory();
        var caller = directory.Sequences!.Of(s_orders);
        await Eventually.TrueAsync(() => _source.Asked == 1);

        await directory.DisposeAsync().AsTask().WithinAsync();

        Assert.True(caller.Idle.IsCompleted);
        caller.Next(5);
        Assert.Equal(1, _source.Asked);
    }

    [Fact]
    public async Task Numbers_AreTakenWithoutAllocating()
    {
        var caller = (await StartAsync(1))[0];
        caller.Next(5);
        caller.Next(5);

        var before = GC.GetAllocatedBytesForCurrentThread();
        caller.Next(5);
        caller.Next(5);
        caller.Next(5);

        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }

    /// <summary>Callers of processes of their own, each with its first block.</summary>
    private async Task<SharedSequence[]> StartAsync(int count)
    {
        var callers = new SharedSequence[count];
        for (var i = 0; i < count; i++)
        {
            callers[i] = Directory().Sequences!.Of(s_orders);
            await callers[i].Idle.WithinAsync();
        }

        return callers;
    }

    private EndpointDirectory Directory(LogCollector? logs = null, params Endpoint[] source) =>
        new(new StaticEndpointSource(source), timeProvider: _time, loggerFactory: logs, random: new FarRandom(), sequences: _source);

    private sealed class FarRandom : Random
    {
        public override int Next() => Own;
    }
}
