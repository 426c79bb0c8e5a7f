using System.Collections.Concurrent;
using Rollcall.Discovery.Balancing;
using Rollcall.Discovery.Events;
using Rollcall.TestKit;
using static Rollcall.Discovery.Tests.Instances;

namespace Rollcall.Discovery.Tests;

public sealed class DiscoveryEventsTests
{
    private static readonly ServiceQuery s_orders = new("orders");

    [Fact]
    public async Task ListAndTrust_AreToldInOrder()
    {
        var time = new FakeTimeProvider();
        var source = new ScriptedSource();
        await using var directory = new EndpointDirectory(source, timeProvider: time);
        using var seen = new Recorder(directory.Events);
        await using var watch = directory.Watch(s_orders);
        var heavier = new Endpoint(B.Id, B.Host, B.Port) { Weight = 2 };

        source.Answer(1, A, B);
        source.Answer(2, heavier, C);
        await seen.CountAsync(3);
        source.Fail("gone");
        await seen.CountAsync(5);
        await time.WaitForTimersAsync(1);
        source.Answer(3, heavier, C);
        time.Advance(TimeSpan.FromSeconds(1));
        await seen.CountAsync(6);

        var first = Assert.IsType<FreshnessChanged>(seen[0]);
        Assert.Equal((null, SnapshotFreshness.Fresh, "orders"), (first.Before, first.Now, first.Query!.Name));
        Assert.Equal([A, B], Assert.IsType<SnapshotChanged>(seen[1]).Added.ToArray());
        var second = Assert.IsType<SnapshotChanged>(seen[2]);
        Assert.Equal([C], second.Added.ToArray());
        Assert.Equal([A], second.Removed.ToArray());
        Assert.Equal([heavier], second.Updated.ToArray());
        Assert.Equal(2ul, second.Snapshot.Index);
        Assert.Equal(("gone", 1), (Assert.IsType<WatchFailed>(seen[3]).Failure.Reason, ((WatchFailed)seen[3]).Failure.Attempts));
        var stale = Assert.IsType<FreshnessChanged>(seen[4]);
        Assert.Equal((SnapshotFreshness.Fresh, SnapshotFreshness.Stale), (stale.Before, stale.Now));
        Assert.Contains("gone", stale.Reason, StringComparison.Ordinal);
        Assert.Equal(SnapshotFreshness.Fresh, Assert.IsType<FreshnessChanged>(seen[5]).Now);
    }

    [Fact]
    public async Task Retry_IsTold()
    {
        var source = new ScriptedSource();
        await using var directory = new EndpointDirectory(source);
        using var seen = new Recorder(directory.Events);
        await using var balancer = new ServiceBalancer(directory.Watch(s_orders), BalancingPolicies.Find("random"));

        balancer.ReportRetry(A, AttemptFate.Hedged);

        await seen.CountAsync(1);
        var retried = Assert.IsType<CallRetried>(seen[0]);
        Assert.Equal((A, AttemptFate.Hedged, s_orders), (retried.Endpoint, retried.Fate, retried.Query));
    }

    [Fact]
    public async Task SlowSubscriber_LosesTheOldestAndIsToldHowMany_AndNobodyWaitsForIt()
    {
        const int Sent = DiscoveryEvents.Capacity + 100;
        await using var directory = new EndpointDirectory(new ScriptedSource());
        await using var balancer = new ServiceBalancer(directory.Watch(s_orders), BalancingPolicies.Find("random"));
        using var gate = new SemaphoreSlim(0);
        var entered = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        using var slow = new Recorder(directory.Events, _ =>
        {
            entered.TrySetResult();
            Assert.True(gate.Wait(TimeSpan.FromSeconds(30)));
        });
        using var quick = new Recorder(directory.Events);
        balancer.ReportRetry(A, AttemptFate.Moved);
        await entered.Task.WithinAsync();

        for (var sent = 0; sent < Sent; sent++)
        {
            balancer.ReportRetry(B, AttemptFate.Moved);
            if (sent % 100 == 0)
            {
                await quick.CountAsync(sent + 2);
            }
        }

        await quick.CountAsync(Sent + 1);
        gate.Release(Sent + 2);
        await slow.CountAsync(DiscoveryEvents.Capacity + 2);
        Assert.Equal(100, Assert.IsType<EventsMissed>(slow[1]).Count);
        Assert.IsType<CallRetried>(slow[2]);
        Assert.DoesNotContain(quick.All, static e => e is EventsMissed);
    }

    [Fact]
    public async Task ObserverThatThrows_IsLoggedAndCalledAgain()
    {
        using var logs = new LogCollector();
        logs.Expect(IsObserversFault);
        await using var directory = new EndpointDirectory(new ScriptedSource(), loggerFactory: logs);
        await using var balancer = new ServiceBalancer(directory.Watch(s_orders), BalancingPolicies.Find("random"));
        using var seen = new Recorder(directory.Events, static _ => throw new InvalidOperationException("mine"));

        balancer.ReportRetry(A, AttemptFate.Moved);
        balancer.ReportRetry(A, AttemptFate.Moved);

        await seen.CountAsync(2);
        await Eventually.TrueAsync(() => logs.Entries.Count(e => IsObserversFault(e)) == 2);

        static bool IsObserversFault(LogEntry entry) => entry.Exception is InvalidOperationException { Message: "mine" };
    }

    [Fact]
    public async Task Subscription_EndsWhenDisposed_AndAllEndWithTheDirectory()
    {
        var directory = new EndpointDirectory(new ScriptedSource());
        var balancer = new ServiceBalancer(directory.Watch(s_orders), BalancingPolicies.Find("random"));
        var ended = new Recorder(directory.Events);
        using var kept = new Recorder(directory.Events);
        var reading = Task.Run(async () =>
        {
            var count = 0;
            await foreach (var e in directory.Events.ReadAllAsync())
            {
                count += e is CallRetried ? 1 : 0;
            }

            return count;
        });
        ended.Dispose();
        Assert.True(directory.Events.IsObserved);

        await Eventually.TrueAsync(() => directory.Events.Subscribers == 2);
        balancer.ReportRetry(A, AttemptFate.Moved);
        await kept.CountAsync(1);
        await balancer.DisposeAsync();
        await directory.DisposeAsync();

        await kept.Completed.WithinAsync();
        Assert.Equal(1, await reading.WithinAsync());
        Assert.Empty(ended.All);
        Assert.False(ended.Completed.IsCompleted);
        Assert.False(directory.Events.IsObserved);
    }

    [Fact]
    public async Task WithoutSubscribers_NothingIsAllocated()
    {
        await using var directory = new EndpointDirectory(new ScriptedSource());
        await using var balancer = new ServiceBalancer(directory.Watch(s_orders), BalancingPolicies.Find("random"));
        balancer.ReportRetry(A, AttemptFate.Moved);

        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < 1000; i++)
        {
            balancer.ReportRetry(A, AttemptFate.Moved);
        }

        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }

    private sealed class Recorder : IObserver<DiscoveryEvent>, IDisposable
    {
        private readonly ConcurrentQueue<DiscoveryEvent> _seen = new();
        private readonly TaskCompletionSource _completed = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private readonly Action<DiscoveryEvent>? _then;
        private readonly IDisposable _subscription;

        public Recorder(DiscoveryEvents events, Action<DiscoveryEvent>? then = null)
        {
            _then = then;
            _subscription = events.Subscribe(this);
        }

        public Task Completed => _completed.Task;

        public IReadOnlyCollection<DiscoveryEvent> All => _seen;

        public DiscoveryEvent this[int index] => _seen.ElementAt(index);

        public Task CountAsync(int count) => Eventually.TrueAsync(() => _seen.Count >= count, because: () => $"{_seen.Count} of {count} events");

        public void OnCompleted() => _completed.TrySetResult();

        public void OnError(Exception error) => _completed.TrySetException(error);

        public void OnNext(DiscoveryEvent value)
        {
            _seen.Enqueue(value);
            _then?.Invoke(value);
        }

        public void Dispose() => _subscription.Dispose();
    }
}
