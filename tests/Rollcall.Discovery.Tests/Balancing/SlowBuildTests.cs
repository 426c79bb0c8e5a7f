using System.Collections.Concurrent;
using Rollcall.Discovery.Balancing;
using Rollcall.Discovery.Balancing.Stages;
using Rollcall.TestKit;
using static Rollcall.Discovery.Tests.Instances;

namespace Rollcall.Discovery.Tests.Balancing;

/// <summary>Policies that take long to make a picker, while calls end.</summary>
public sealed class SlowBuildTests : IAsyncDisposable
{
    private readonly BalancerHarness _harness = new();
    private readonly SlowPolicy _policy = new();

    public async ValueTask DisposeAsync()
    {
        _policy.Gate.Set();
        await _harness.DisposeAsync();
        _policy.Dispose();
    }

    private static Task OnThreadOfItsOwn(Action action) =>
        Task.Factory.StartNew(action, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);

    [Theory]
    [InlineData(CallResult.Success)]
    [InlineData(CallResult.Unreachable)]
    public async Task LongList_ACallEndsBeforeThePickersAreMade(CallResult result)
    {
        var endpoints = Many(100);
        await using var balancer = await _harness.BalanceAsync(_policy, endpoints);
        if (result == CallResult.Success)
        {
            balancer.Pick(endpoints[0]).Complete(Outcomes.Unreachable);
            await StandingAsync(EndpointStanding.CoolingDown);
        }

        // One that answers is in use again, and one that refuses is not.
        Assert.True(balancer.TryPick(new PickContext { Tried = endpoints[1..] }, out var lease));
        Assert.Equal(endpoints[0], lease.Endpoint);
        _policy.Gate.Reset();
        await OnThreadOfItsOwn(() => lease.Complete(new CallOutcome(result, TimeSpan.Zero))).WithinAsync();

        // The call's own next attempt knows.
        Assert.True(balancer.TryPick(new PickContext { Tried = [endpoints[0]] }, out var next));
        Assert.NotEqual(endpoints[0], next.Endpoint);
        await OnThreadOfItsOwn(() => next.Complete(Outcomes.Success)).WithinAsync();

        _policy.Gate.Set();
        await StandingAsync(result == CallResult.Success ? EndpointStanding.Picked : EndpointStanding.CoolingDown);

        Task StandingAsync(EndpointStanding standing) => Eventually.TrueAsync(() => balancer.Describe(endpoints[0]).Standing == standing);
    }

    [Fact]
    public async Task LongList_PoolIsBusy_TheNextEndOfACallSeesToThePickers()
    {
        var endpoints = Many(100);
        await using var balancer = await _harness.BalanceAsync(_policy, endpoints);
        var lease = balancer.Pick(endpoints[0]);
        var other = balancer.Pick(endpoints[1]);
        var busy = new Lock();
        lock (busy)
        {
            // The pool grows by a thread or two in a second.
            for (var i = 0; i < ThreadPool.ThreadCount + 64; i++)
            {
                ThreadPool.UnsafeQueueUserWorkItem(
                    static busy =>
                    {
                        lock (busy)
                        {
                        }
                    },
                    busy,
                    preferLocal: false);
            }

            lease.Complete(Outcomes.Unreachable);
            _harness.Time.Advance(TimeSpan.FromMilliseconds(101));
            other.Complete(Outcomes.Success);

            Assert.Equal(EndpointStanding.CoolingDown, balancer.Describe(endpoints[0]).Standing);
            Assert.DoesNotContain(endpoints[0].Id, balancer.Picks(200));
        }
    }

    [Fact]
    public async Task ShortList_ACallWaitsForItsOwnChangeOnly()
    {
        var endpoints = Many(10);
        await using var balancer = await _harness.BalanceAsync(_policy, endpoints);
        PickLease[] leases = [.. endpoints[..5].Select(balancer.Pick)];
        _policy.Gate.Reset();
        var builds = _policy.Builders.Count;

        Thread? thread = null;
        var first = OnThreadOfItsOwn(() =>
        {
            thread = Thread.CurrentThread;
            leases[0].Complete(Outcomes.Unreachable);
        });
        await Eventually.TrueAsync(() => _policy.Builders.Count == builds + 1);
        foreach (var lease in leases[1..])
        {
            await OnThreadOfItsOwn(() => lease.Complete(Outcomes.Unreachable)).WithinAsync();
        }

        _policy.Gate.Set();
        await first.WithinAsync();
        await Eventually.TrueAsync(() => endpoints[..5].All(e => balancer.Describe(e).Standing == EndpointStanding.CoolingDown));

        Assert.Single(_policy.Builders.Skip(builds), builder => builder == thread);
        Assert.DoesNotContain(balancer.Picks(100), id => endpoints[..5].Any(e => e.Id == id));
    }

    /// <summary>Makes pickers only while its gate is open, and keeps which threads made them.</summary>
    private sealed class SlowPolicy : IBalancingPolicy, IDisposable
    {
        public string Name => "slow";

        public ManualResetEventSlim Gate { get; } = new(initialState: true);

        public ConcurrentQueue<Thread> Builders { get; } = new();

        public EndpointPicker CreatePicker(PickerInput input)
        {
            Builders.Enqueue(Thread.CurrentThread);
            Assert.True(Gate.Wait(TimeSpan.FromSeconds(20)));
            return new RoundRobinPolicy().CreatePicker(input);
        }

        public void Dispose() => Gate.Dispose();
    }
}
