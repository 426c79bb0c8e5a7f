using System.Collections.Concurrent;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Rollcall.Discovery.Balancing;
using Rollcall.Discovery.Events;
using Rollcall.Discovery.Http;
using Rollcall.Discovery.Tests.Http;
using Rollcall.TestKit;
using static Rollcall.Discovery.Tests.Instances;

namespace Rollcall.Discovery.Tests.Balancing;

/// <summary>A policy of somebody's own that fails after it has worked.</summary>
public sealed class ThrowingPolicyTests : IAsyncDisposable
{
    private readonly FakeTimeProvider _time = new();
    private readonly ScriptedSource _source = new();
    private readonly LogCollector _log = new();
    private readonly EndpointDirectory _directory;
    private readonly ThrowingPolicy _policy = new();

    public ThrowingPolicyTests()
    {
        _log.Expect(static e => e.Message.Contains("policy throwing", StringComparison.Ordinal));
        _directory = new EndpointDirectory(_source, timeProvider: _time, loggerFactory: _log);
    }

    public async ValueTask DisposeAsync()
    {
        _policy.Gate.Set();
        await _directory.DisposeAsync().AsTask().WithinAsync();
        _log.Dispose();
        _policy.Dispose();
    }

    [Fact]
    public async Task ThrowsWhenACooldownIsOver_PickersStayAndItIsAskedAgain()
    {
        await using var balancer = await BalanceAsync();
        Complete(balancer, CallResult.Unreachable);
        Assert.Equal(["b", "b"], Picks(balancer));

        _policy.Fault = new InvalidOperationException("not now");
        _time.Advance(TimeSpan.FromSeconds(7));
        Assert.Equal(["b", "b"], Picks(balancer));
        Assert.Single(_log.Entries, static e => e.Level == LogLevel.Error);

        _policy.Fault = null;
        _time.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal(["a", "b"], Picks(balancer).Order());
    }

    /// <summary>A timer asks the policy: what it lets through ends the process, and here the clock's move.</summary>
    [Fact]
    public async Task ThrowsWhenACooldownIsOver_AndTheLogCannotBeWritten_ItIsAskedAgain()
    {
        var disk = new FullDisk { HasRoom = true };
        using var loggers = new LoggerFactory([disk]);
        await using var directory = new EndpointDirectory(_source, timeProvider: _time, loggerFactory: loggers);
        await using var balancer = await BalanceAsync(directory);
        Complete(balancer, CallResult.Unreachable);

        disk.HasRoom = false;
        _policy.Fault = new InvalidOperationException("not now");
        _time.Advance(TimeSpan.FromSeconds(7));
        Assert.True(disk.Refused > 0);

        _policy.Fault = null;
        _time.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal(["a", "b"], Picks(balancer).Order());
    }

    [Fact]
    public async Task ThrowsWhenACallHasEnded_TheCallDoesNotHearOfIt()
    {
        await using var balancer = await BalanceAsync();
        _policy.Fault = new InvalidOperationException("not now");

        Complete(balancer, CallResult.Unreachable);
        Assert.Equal(["a", "b"], Picks(balancer).Order());

        _policy.Fault = null;
        _time.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal(["b", "b"], Picks(balancer));
        Assert.Single(_log.Entries, static e => e.Level == LogLevel.Error);
    }

    /// <summary>As where the list comes after the balancer: whoever calls hears of it, and each call asks again.</summary>
    [Fact]
    public async Task ThrowsForAListThatIsKnownAlready_CallsHearOfItAndNoWatchIsLeft()
    {
        await using (var watch = await KnownAsync())
        {
            _policy.Fault = new InvalidOperationException("not now");
            await using var balancer = new ServiceBalancer(_directory.Watch(watch.Query), _policy);
            for (var call = 0; call < 3; call++)
            {
                Assert.Same(_policy.Fault, await Assert.ThrowsAsync<InvalidOperationException>(() => balancer.PickAsync(default).AsTask().WithinAsync()));
            }

            Assert.Single(_log.Entries, static e => e.Level == LogLevel.Error);
            _policy.Fault = null;
            (await balancer.PickAsync(default).AsTask().WithinAsync()).Complete(Outcomes.Success);
        }

        Assert.Equal(0, _source.Open);
    }

    /// <summary>Those that came before the list, and those that come while the policy is asked for another one's sake.</summary>
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task ThrowsForTheFirstList_AllCallsThatWaitHearOfIt(bool waitForReady)
    {
        await using var balancer = new ServiceBalancer(_directory.Watch(new ServiceQuery("orders")), _policy);
        _policy.Fault = new InvalidOperationException("not now");
        _policy.Gate.Reset();
        var calls = Call(8);
        _source.Answer(1, A, B);
        await Eventually.TrueAsync(() => _policy.Asked == 1);
        calls = [.. calls, .. Call(8)];
        Assert.DoesNotContain(calls, static call => call.IsCompleted);

        _policy.Gate.Set();

        foreach (var call in calls)
        {
            Assert.Same(_policy.Fault, await Assert.ThrowsAsync<InvalidOperationException>(() => call.WithinAsync()));
        }

        _policy.Fault = null;
        await Task.WhenAll(Call(8)).WithinAsync();

        Task<PickLease>[] Call(int count) => [.. Enumerable.Range(0, count).Select(_ => balancer.PickAsync(default, waitForReady).AsTask())];
    }

    /// <summary>A call that comes when the fault is mended does not hear of it, though the policy is still asked by the terms of before.</summary>
    [Fact]
    public async Task AnotherIsAppliedWhileItIsAskedForTheFirstList_CallsFromThenOnGoByTheOther()
    {
        await using var balancer = new ServiceBalancer(_directory.Watch(new ServiceQuery("orders")), _policy);
        _policy.Fault = new InvalidOperationException("not now");
        _policy.Gate.Reset();
        _source.Answer(1, A, B);
        await Eventually.TrueAsync(() => _policy.Asked == 1);
        balancer.Apply(new RoundRobinPolicy());
        var call = balancer.PickAsync(default).AsTask();

        _policy.Gate.Set();

        Assert.Contains((await call.WithinAsync()).Endpoint.Id, new[] { "a", "b" });
    }

    [Fact]
    public async Task AnotherIsAppliedWhileItThrows_TheOtherIsInUseAtOnce()
    {
        await using var balancer = await BalanceAsync();
        _policy.Fault = new InvalidOperationException("not now");
        _policy.Gate.Reset();
        var asked = _policy.Asked;
        _source.Answer(2, A, C);
        await Eventually.TrueAsync(() => _policy.Asked > asked);
        balancer.Apply(new RoundRobinPolicy());

        _policy.Gate.Set();

        await Eventually.TrueAsync(() => Picks(balancer).Order().SequenceEqual(["a", "c"]));
    }

    /// <summary>And not with the second in which the policy is asked again: here the clock stands still.</summary>
    [Fact]
    public async Task ThrowsForAListWhileACallWaitsForIt_TheCallIsToldAtOnce()
    {
        await using var balancer = await BalanceAsync();
        await EmptyAsync(balancer);
        _policy.Fault = new InvalidOperationException("not now");
        _policy.Gate.Reset();
        var asked = _policy.Asked;
        _source.Answer(3, A, B);
        await Eventually.TrueAsync(() => _policy.Asked > asked);
        var call = balancer.PickAsync(default).AsTask();
        Assert.False(call.IsCompleted);

        _policy.Gate.Set();

        await Assert.ThrowsAsync<NoEndpointException>(() => call.WithinAsync());
    }

    [Fact]
    public async Task ThrowsForRequests_LeavesNoWatchOfThem()
    {
        var watch = await KnownAsync();
        using (var client = new HttpClient(new DiscoveryHandler(_directory, new DiscoveryHandlerOptions { Policy = _policy })))
        {
            _policy.Fault = new InvalidOperationException("not now");
            for (var call = 0; call < 3; call++)
            {
                Assert.Same(_policy.Fault, await Assert.ThrowsAsync<InvalidOperationException>(() => client.GetAsync("http://orders/").WithinAsync()));
            }
        }

        await watch.DisposeAsync();
        Assert.Equal(0, _source.Open);
    }

    [Fact]
    public async Task ThrowsWhenItIsToldOfTheEndOfARequest_TheRequestDoesNotHearOfIt()
    {
        await using var b = await LoopbackServer.StartAsync("b", static c => c.Response.WriteAsync("b"));
        var fates = new ConcurrentQueue<AttemptFate?>();
        using var client = new HttpClient(new DiscoveryHandler(
            _directory, new DiscoveryHandlerOptions { Policy = new FaultyAtTheEnd(), OnAttempt = attempt => fates.Enqueue(attempt.Fate) }));
        await using var watch = _directory.Watch(new ServiceQuery("orders"));
        _source.Answer(1, new Endpoint("a", "127.0.0.1", FreePort.Next()), b.Endpoint);

        Assert.Equal("b", await client.GetStringAsync("http://orders/").WithinAsync());

        Assert.Equal([AttemptFate.Moved, null], fates);
        Assert.Equal(2, _log.Entries.Count(static e => e.Level == LogLevel.Error));
    }

    [Fact]
    public async Task ThrowsWhenItIsApplied_CallsGoOnByTheOneBefore()
    {
        await using var balancer = await BalanceAsync();
        var next = new ThrowingPolicy { Fault = new InvalidOperationException("not now") };
        balancer.Apply(next);

        Assert.Equal(["a", "b"], Picks(balancer).Order());
        Assert.Single(_log.Entries, static e => e.Level == LogLevel.Error);
        next.Fault = null;
        var made = next.Made;
        _time.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal(made + 1, next.Made);
    }

    [Fact]
    public async Task FaultyOptions_LeaveNoWatch()
    {
        var watch = await KnownAsync();
        Assert.Throws<ArgumentException>(() => new ServiceBalancer(_directory.Watch(watch.Query), _policy, new ServiceBalancerOptions { PanicThreshold = 101 }));
        await watch.DisposeAsync();

        Assert.Equal(0, _source.Open);
    }

    private async Task<EndpointWatch> KnownAsync()
    {
        var watch = _directory.Watch(new ServiceQuery("orders"));
        _source.Answer(1, A, B);
        await watch.FirstAsync().AsTask().WithinAsync();
        return watch;
    }

    private async Task EmptyAsync(ServiceBalancer balancer)
    {
        _source.Answer(2);
        await Eventually.TrueAsync(() => !balancer.TryPick(default, out _));
    }

    private Task<ServiceBalancer> BalanceAsync() => BalanceAsync(_directory);

    private async Task<ServiceBalancer> BalanceAsync(EndpointDirectory directory)
    {
        var options = new ServiceBalancerOptions { UnreachableCooldown = TimeSpan.FromSeconds(5) };
        var balancer = new ServiceBalancer(directory.Watch(new ServiceQuery("orders")), _policy, options);
        _source.Answer(1, A, B);
        await Eventually.TrueAsync(() => balancer.TryPick(default, out _));
        Complete(balancer, CallResult.Success);
        return balancer;
    }

    /// <summary>One call of the first instance.</summary>
    private static void Complete(ServiceBalancer balancer, CallResult result)
    {
        PickLease lease;
        do
        {
            Assert.True(balancer.TryPick(default, out lease));
        }
        while (lease.Endpoint != A);
        lease.Complete(new CallOutcome(result, TimeSpan.FromMilliseconds(1)));
    }

    private static string[] Picks(ServiceBalancer balancer) =>
        [.. Enumerable.Range(0, 2).Select(_ => balancer.TryPick(default, out var lease) ? lease.Endpoint.Id : "-")];

    private sealed class ThrowingPolicy : IBalancingPolicy, IDisposable
    {
        private readonly RoundRobinPolicy _inner = new();
        private int _asked;

        public Exception? Fault { get; set; }

        /// <summary>While it is shut, nothing comes of being asked.</summary>
        public ManualResetEventSlim Gate { get; } = new(initialState: true);

        public int Asked => Volatile.Read(ref _asked);

        public string Name => "throwing";

        /// <summary>How many pickers it has made.</summary>
        public int Made { get; private set; }

        public EndpointPicker CreatePicker(PickerInput input)
        {
            Interlocked.Increment(ref _asked);
            Assert.True(Gate.Wait(TimeSpan.FromSeconds(20)));
            if (Fault is { } fault)
            {
                throw fault;
            }

            Made++;
            return _inner.CreatePicker(input);
        }

        public void Dispose() => Gate.Dispose();
    }

    private sealed class FaultyAtTheEnd : IBalancingPolicy
    {
        public string Name => "throwing";

        public EndpointPicker CreatePicker(PickerInput input) => new Picker(input);

        private sealed class Picker(PickerInput input) : EndpointPicker(input)
        {
            public override int Choose(in PickContext context) => 0;

            public override void OnCompleted(int slot, in CallOutcome outcome) => throw new NotSupportedException();
        }
    }
}
