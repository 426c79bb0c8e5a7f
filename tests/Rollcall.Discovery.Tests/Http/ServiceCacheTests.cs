using Rollcall.Discovery.Balancing;
using Rollcall.Discovery.Http;
using Rollcall.TestKit;

namespace Rollcall.Discovery.Tests.Http;

public sealed class ServiceCacheTests : IAsyncDisposable
{
    private readonly FakeTimeProvider _time = new();
    private readonly ScriptedSource _source = new();
    private readonly EndpointDirectory _directory;
    private readonly ServiceCache _cache;

    public ServiceCacheTests()
    {
        _directory = new EndpointDirectory(_source, timeProvider: _time);
        _cache = new ServiceCache(
            query => new ServiceEntry(new ServiceBalancer(_directory.Watch(query), BalancingPolicies.Find("random")), null, null!, _time),
            TimeSpan.FromMinutes(10));
    }

    public async ValueTask DisposeAsync()
    {
        _cache.Dispose();
        await _directory.DisposeAsync();
    }

    private ServiceEntry Get(string name) => _cache.Get(new ServiceQuery(name));

    [Fact]
    public async Task IdleService_IsNotWatchedAnyMoreOnceOthersAreCalled()
    {
        var idle = Get("idle");
        _cache.Remember("idle", idle);
        var used = Get("used");
        _cache.Remember("used", used);
        await Eventually.TrueAsync(() => _source.Open == 2);

        _time.Advance(TimeSpan.FromMinutes(10));
        used.Touch(_time.GetTimestamp());
        Get("new");

        // Given up, but a request may have found it just now.
        Assert.False(_cache.TryGetRecent("idle", out _));
        Assert.NotSame(idle, Get("idle"));
        _time.Advance(TimeSpan.FromSeconds(59));
        Get("newer");
        Assert.False(idle.IsClosed);
        Assert.Same(used, Get("used"));
        Assert.True(_cache.TryGetRecent("used", out var recent));
        Assert.Same(used, recent);

        _time.Advance(TimeSpan.FromSeconds(1));
        Get("newest");

        Assert.True(idle.IsClosed);
        Assert.False(used.IsClosed);
    }

    [Fact]
    public async Task IdleTimeoutOfTheHandler_IsWhatAServiceIsGivenUpAfter()
    {
        await using var server = await LoopbackServer.StartAsync("a");
        var source = new DatacenterSource();
        await using var directory = new EndpointDirectory(source, timeProvider: _time);
        using var client = new HttpClient(new DiscoveryHandler(directory, new DiscoveryHandlerOptions { IdleTimeout = TimeSpan.FromSeconds(30) }));
        await CallAsync("idle");
        _time.Advance(TimeSpan.FromSeconds(30));
        await CallAsync("used");

        // The grace of those that are given up.
        _time.Advance(TimeSpan.FromSeconds(40));
        await CallAsync("used");
        Assert.Equal(1, source["", "idle"].Open);
        _time.Advance(TimeSpan.FromSeconds(20));
        await CallAsync("new");

        await Eventually.TrueAsync(() => source["", "idle"].Open == 0);
        Assert.Equal(1, source["", "used"].Open);

        async Task CallAsync(string name)
        {
            source["", name].Answer(1, server.Endpoint);
            Assert.Equal("a", await client.GetStringAsync($"http://{name}/").WithinAsync());
        }
    }

    [Fact]
    public void EntryRememberedAfterItWasGivenUp_IsNotFoundOnceItIsClosed()
    {
        var slow = Get("slow");
        _time.Advance(TimeSpan.FromMinutes(10));
        Get("other");
        _cache.Remember("slow", slow);
        Assert.True(_cache.TryGetRecent("slow", out _));

        _time.Advance(TimeSpan.FromMinutes(1));
        Get("third");

        Assert.True(slow.IsClosed);
        Assert.False(_cache.TryGetRecent("slow", out _));
        _cache.Remember("slow", slow);
        Assert.False(_cache.TryGetRecent("slow", out _));
    }

    [Fact]
    public void ServiceThatIsWaitedFor_IsNeverIdle()
    {
        var entry = Get("a");
        using (entry.Wait())
        {
            _time.Advance(TimeSpan.FromHours(1));
            Get("b");
            Assert.Same(entry, Get("a"));
        }

        Get("c");
        Assert.Same(entry, Get("a"));
    }

    [Fact]
    public void HostsFromOutside_AreKeptOnlyAsLongAsTheyAreUsed()
    {
        for (var i = 0; i < 2000; i++)
        {
            _cache.Remember($"h{i}", Get($"h{i}"));
            _time.Advance(TimeSpan.FromSeconds(10));
        }

        // Ten minutes of them, one of grace.
        Assert.InRange(_cache.Count, 60, 70);
    }

    [Fact]
    public void EntryThatCouldNotBeMade_IsMadeTheNextTime()
    {
        var fault = new InvalidOperationException("not yet");
        using var cache = new ServiceCache(
            query => fault is not null
                ? throw fault
                : new ServiceEntry(new ServiceBalancer(_directory.Watch(query), BalancingPolicies.Find("random")), null, null!, _time),
            TimeSpan.FromMinutes(10));
        Assert.Same(fault, Assert.Throws<InvalidOperationException>(() => cache.Get(new ServiceQuery("a"))));
        Assert.Equal(0, cache.Count);

        fault = null;

        Assert.NotNull(cache.Get(new ServiceQuery("a")));
    }

    [Fact]
    public async Task Disposed_AllWatchesEndAndNothingIsFound()
    {
        _cache.Remember("a", Get("a"));
        Get("b");
        await Eventually.TrueAsync(() => _source.Open == 2);

        _cache.Dispose();

        await Eventually.TrueAsync(() => _source.Open == 0);
        Assert.Throws<ObjectDisposedException>(() => Get("a"));
        Assert.False(_cache.TryGetRecent("a", out _));
    }
}
