using System.Collections.Concurrent;
using System.Collections.Frozen;
using System.Runtime.CompilerServices;
using Rollcall.Discovery.Events;
using Rollcall.TestKit;
using static Rollcall.Discovery.Tests.Instances;

namespace Rollcall.Discovery.Tests;

/// <summary>Of what the callbacks of a watch hear, and of what they don't.</summary>
public sealed class WatchCallbackTests : IAsyncDisposable
{
    private static readonly ServiceQuery s_orders = new("orders");

    private readonly ScriptedSource _source = new();
    private readonly LogCollector _log = new();
    private readonly EndpointDirectory _directory;

    public WatchCallbackTests() =>
        _directory = new EndpointDirectory(_source, new EndpointDirectoryOptions { UnchangedPause = TimeSpan.Zero }, new FakeTimeProvider(), _log);

    public async ValueTask DisposeAsync()
    {
        await _directory.DisposeAsync().AsTask().WithinAsync();
        _log.Dispose();
    }

    private static Task UntilAsync(EndpointWatch watch, ulong index) => Eventually.TrueAsync(() => watch.Current?.Index == index);

    private async Task<EndpointWatch> WatchAsync(ulong index, params Endpoint[] endpoints)
    {
        var watch = _directory.Watch(s_orders);
        _source.Answer(index, endpoints);
        await watch.FirstAsync().AsTask().WithinAsync();
        return watch;
    }

    [Fact]
    public async Task NothingButTheIndexOrTheOrderChanged_NobodyIsTold()
    {
        await using var watch = await WatchAsync(1, A, B);
        var told = new ConcurrentQueue<EndpointSnapshot>();
        using var registration = watch.OnChange(told.Enqueue);
        var before = watch.Current!;

        _source.Answer(2, new Endpoint("b", "127.0.0.1", 1002), new Endpoint("a", "127.0.0.1", 1001), A);
        await UntilAsync(watch, 2);
        Assert.True(before.Endpoints == watch.Current!.Endpoints, "the array was replaced");
        _source.Answer(3, A, B, C);
        await Eventually.TrueAsync(() => !told.IsEmpty);

        // Subscribers are told one after the other: nothing of the answer before can come later.
        Assert.Equal(3u, Assert.Single(told).Index);
    }

    [Theory]
    [InlineData("weight")]
    [InlineData("tags")]
    [InlineData("metadata")]
    [InlineData("port")]
    public async Task AnythingOfAnInstanceChanged_IsToldOnce(string what)
    {
        await using var watch = await WatchAsync(1, A, B);
        var told = new ConcurrentQueue<EndpointSnapshot>();
        using var registration = watch.OnChange(told.Enqueue);
        var changed = what switch
        {
            "weight" => new Endpoint("a", "127.0.0.1", 1001) { Weight = 5 },
            "tags" => new Endpoint("a", "127.0.0.1", 1001) { Tags = ["v2"] },
            "metadata" => new Endpoint("a", "127.0.0.1", 1001) { Metadata = new Dictionary<string, string> { ["k"] = "v" }.ToFrozenDictionary() },
            _ => new Endpoint("a", "127.0.0.1", 1009),
        };

        _source.Answer(2, changed, B);
        await UntilAsync(watch, 2);
        _source.Answer(3, changed, B);
        await UntilAsync(watch, 3);
        _source.Answer(4, changed, B, C);
        await Eventually.TrueAsync(() => told.Any(static s => s.Index == 4));

        Assert.Equal([2ul, 4ul], told.Select(static s => s.Index));
        Assert.Same(changed, told.First().Endpoints[0]);
        Assert.Same(B, told.First().Endpoints[1]);
    }

    [Fact]
    public async Task SubscriberThrows_OthersAreToldAndTheWatchGoesOn()
    {
        _log.Expect(e => e.Message.Contains("subscriber", StringComparison.Ordinal));
        await using var watch = await WatchAsync(1, A);
        var told = new ConcurrentQueue<int>();
        using var bad = watch.OnChange(_ => throw new InvalidOperationException("subscriber's fault"));
        using var good = watch.OnChange(s => told.Enqueue(s.Endpoints.Length));

        _source.Answer(2, A, B);
        _source.Answer(3, A, B, C);

        await Eventually.TrueAsync(() => told.Count == 2);
        Assert.Equal([2, 3], told);
    }

    [Fact]
    public async Task RegisteredWhenAListIsThereAndNotYetTold_IsToldOfTheNextOnly()
    {
        var time = new ObservedTime();
        await using var directory = new EndpointDirectory(_source, timeProvider: time);
        await using var watch = directory.Watch(s_orders);
        var told = new ConcurrentQueue<EndpointSnapshot>();

        // Events have a time, and are made before callbacks.
        using var events = directory.Events.Subscribe(new NoObserver());
        time.Asked = () =>
        {
            if (watch.Current is not null)
            {
                time.Asked = null;
                watch.OnChange(told.Enqueue);
            }
        };
        _source.Answer(1, A);
        await watch.FirstAsync().AsTask().WithinAsync();
        _source.Answer(2, A, B);
        await Eventually.TrueAsync(() => told.Any(static s => s.Index == 2));

        Assert.Null(time.Asked);
        Assert.Single(told);
    }

    [Fact]
    public async Task RegistrationOrShareDisposed_NoMoreCalls()
    {
        await using var keeps = await WatchAsync(1, A);
        var leaves = _directory.Watch(s_orders);
        var calls = 0;
        leaves.OnChange(_ => Interlocked.Increment(ref calls));
        keeps.OnChange(_ => Interlocked.Increment(ref calls)).Dispose();
        await leaves.DisposeAsync();
        var last = new TaskCompletionSource();
        using var registration = keeps.OnChange(_ => last.TrySetResult());

        _source.Answer(2, A, B);
        await last.Task.WithinAsync();

        Assert.Equal(0, calls);
        Assert.Throws<ObjectDisposedException>(() => leaves.OnChange(_ => { }));
    }

    [Fact]
    public async Task RegistrationDisposed_ItsSubscriberIsNotKept()
    {
        await using var watch = await WatchAsync(1, A);
        var subscriber = RegisterAndDispose(watch);

        GC.Collect();

        Assert.False(subscriber.IsAlive);

        [MethodImpl(MethodImplOptions.NoInlining)]
        static WeakReference RegisterAndDispose(EndpointWatch watch)
        {
            List<EndpointSnapshot> told = [];
            watch.OnChange(told.Add).Dispose();
            return new WeakReference(told);
        }
    }

    /// <summary>The time, and a look at the moments when somebody asks for it.</summary>
    private sealed class ObservedTime : TimeProvider
    {
        public Action? Asked { get; set; }

        public override DateTimeOffset GetUtcNow()
        {
            Asked?.Invoke();
            return base.GetUtcNow();
        }
    }

    private sealed class NoObserver : IObserver<DiscoveryEvent>
    {
        public void OnCompleted()
        {
        }

        public void OnError(Exception error)
        {
        }

        public void OnNext(DiscoveryEvent value)
        {
        }
    }
}
