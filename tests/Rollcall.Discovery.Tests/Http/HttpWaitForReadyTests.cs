using System.Collections.Concurrent;
using Microsoft.AspNetCore.Http;
using Rollcall.Discovery.Http;
using Rollcall.Discovery.Resilience;
using Rollcall.TestKit;

namespace Rollcall.Discovery.Tests.Http;

/// <summary>Requests that wait while no instance can be reached.</summary>
public sealed class HttpWaitForReadyTests
{
    private readonly ConcurrentQueue<HttpAttempt> _attempts = new();

    [Fact]
    public async Task NobodyCanBeReached_RequestThatWaitsGoesRoundAgain()
    {
        var time = new FakeTimeProvider();
        var port = FreePort.Next();
        await using var caller = new TestCaller(time, o => o.WaitForReady = true, new Endpoint("a", "127.0.0.1", port));
        var call = caller.Client.PostAsync("http://orders/", null);
        await time.WaitForTimersAsync(1);

        await using var a = await LoopbackServer.StartAsync("a", c => c.Response.WriteAsync("up"), port: port);
        time.Advance(TimeSpan.FromSeconds(1));

        using var response = await call.WithinAsync();
        Assert.Equal("up", await response.Content.ReadAsStringAsync());
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task NobodyCanBeReachedForLong_RequestThatWaitsGoesOnUntilSomebodyCan(bool hedges)
    {
        var time = new FakeTimeProvider();
        var port = FreePort.Next();
        await using var caller = new TestCaller(
            time,
            o =>
            {
                o.WaitForReady = true;
                o.Hedging = hedges ? new HedgingSettings(2, TimeSpan.FromMilliseconds(100), new(CallStatus.Unavailable)) : null;
                o.OnAttempt = _attempts.Enqueue;
            },
            new Endpoint("a", "127.0.0.1", port),
            new Endpoint("b", "127.0.0.1", FreePort.Next()));
        var up = time.GetUtcNow().AddSeconds(10);
        var call = caller.Client.PostAsync("http://orders/", null);

        await time.AdvanceUntilAsync(TimeSpan.FromMilliseconds(250), () => (time.GetUtcNow() >= up && _attempts.Count > 10) || call.IsCompleted);
        Assert.False(call.IsCompleted, $"it was given up after {_attempts.Count} attempts");
        await using var a = await LoopbackServer.StartAsync("a", c => c.Response.WriteAsync("up"), port: port);
        await time.AdvanceUntilAsync(TimeSpan.FromMilliseconds(250), () => call.IsCompleted);

        using var response = await call;
        Assert.Equal("up", await response.Content.ReadAsStringAsync());
        Assert.All(_attempts.SkipLast(1), static attempt => Assert.Null(attempt.StatusCode));
        Assert.Null(_attempts.Last().Fate);
    }

    [Fact]
    public async Task RoundOfARequestThatWaits_EndsAtMaxAttempts_AndTheNextGoesToWhomItHasNotTried()
    {
        var time = new FakeTimeProvider();
        await using var alive = await LoopbackServer.StartAsync("z");
        await using var caller = new TestCaller(
            time,
            o =>
            {
                o.WaitForReady = true;
                o.MaxAttempts = 2;
                o.OnAttempt = _attempts.Enqueue;
            },
            [.. Enumerable.Range(0, 4).Select(i => new Endpoint($"i{i}", "127.0.0.1", FreePort.Next())), alive.Endpoint]);
        var call = caller.Client.GetStringAsync("http://orders/");

        // Two rounds of two, with a pause after each.
        await Eventually.TrueAsync(() => _attempts.Count == 2);
        await time.WaitForTimersAsync(1);
        Assert.Equal(2, _attempts.Count);
        await time.AdvanceUntilAsync(TimeSpan.FromMilliseconds(250), () => call.IsCompleted);

        Assert.Equal("z", await call);
        Assert.Equal(["i0", "i1", "i2", "i3", "z"], _attempts.Select(t => t.Endpoint.Id));
    }

    [Fact]
    public async Task NobodyCanBeReachedUntilTheTimeIsOver_RequestThatWaitsFails()
    {
        var time = new FakeTimeProvider();
        await using var caller = new TestCaller(
            time,
            o =>
            {
                o.WaitForReady = true;
                o.Timeout = TimeSpan.FromSeconds(10);
                o.Hedging = new HedgingSettings(2, TimeSpan.FromMilliseconds(100), default);
                o.OnAttempt = _attempts.Enqueue;
            },
            new Endpoint("a", "127.0.0.1", FreePort.Next()));
        var began = time.GetUtcNow();
        var over = began.AddSeconds(10);
        var call = caller.Client.GetAsync("http://orders/");

        // From timer to timer, and never to the end of the time: an attempt takes real time, and while one is on its way that is another failure.
        await Eventually.TrueAsync(() =>
        {
            if (time.NextTimerDueIn is { } due && time.GetUtcNow() + due < over)
            {
                time.Advance(due);
            }

            return call.IsCompleted;
        });

        Assert.InRange(time.GetUtcNow() - began, TimeSpan.FromSeconds(8), TimeSpan.FromSeconds(11));
        await Assert.ThrowsAsync<HttpRequestException>(() => call);
        Assert.Equal(1, _attempts.Count(static attempt => attempt.Fate is null));
    }
}
