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
            query => new ServiceEntry(new ServiceBalancer(_directory.Watch(query), BalancingPolicies.Find("random")), null, null),
            TimeSpan.FromMinutes(10),
            _time);
    }

    public async ValueTask DisposeAsync()
    {
        _cache.Dispose();
        await _directory.DisposeAsync();
    }

    private ServiceEntry Rent(string name) => _cache.Rent(new ServiceQuery(name));

    [Fact]
    public async Task IdleService_IsNotWatchedAnyMoreOnceAnotherIsCalled()
    {
        var idle = Rent("idle");
        _cache.Return(idle);
        var used = Rent("used");
        await Eventually.TrueAsync(() => _source.Open == 2);

        _time.Advance(TimeSpan.FromMinutes(11));
        _cache.Return(Rent("new"));

        await Eventually.TrueAsync(() => _source.Opened == 3 && _source.Open == 2);
        Assert.Same(used, Rent("used"));
        Assert.NotSame(idle, Rent("idle"));
    }

    [Fact]
    public async Task Disposed_AllWatchesEndAndNothingIsLent()
    {
        Rent("a");
        _cache.Return(Rent("b"));
        await Eventually.TrueAsync(() => _source.Open == 2);

        _cache.Dispose();

        await Eventually.TrueAsync(() => _source.Open == 0);
        Assert.Throws<ObjectDisposedException>(() => Rent("a"));
    }

    [Fact]
    public async Task Storm_WhatIsLentIsNeverClosed()
    {
        Task[] users =
        [
            .. Enumerable.Range(0, 4).Select(n => Task.Run(() =>
            {
                for (var i = 0; i < 2000; i++)
                {
                    var entry = Rent("s" + ((i + n) % 3));
                    using (entry.Balancer.Watch.OnChange(static _ => { })) { _time.Advance(TimeSpan.FromMinutes(6)); } _cache.Return(entry);
                }
            })),
        ];

        await Task.WhenAll(users).WithinAsync(TimeSpan.FromSeconds(30));
    }
}
