using System.Collections.Concurrent;
using System.Net;
using Microsoft.AspNetCore.Http;
using Rollcall.Discovery.Balancing;
using Rollcall.Discovery.Events;
using Rollcall.Discovery.Http;
using Rollcall.Discovery.Resilience;
using Rollcall.TestKit;

namespace Rollcall.Discovery.Tests.Http;

/// <summary>Copies of a request on several instances.</summary>
public sealed class HedgingTests
{
    private static readonly HedgingSettings s_after100Ms = new(3, TimeSpan.FromMilliseconds(100), new(CallStatus.Unavailable));

    private readonly FakeTimeProvider _time = new();
    private readonly ConcurrentQueue<string> _seen = new();
    private readonly ConcurrentQueue<HttpAttempt> _attempts = new();
    private readonly ConcurrentDictionary<string, TaskCompletionSource> _gates = new();
    private int _aborted;

    private TestCaller Caller(Action<DiscoveryHandlerOptions>? configure, params Endpoint[] endpoints) => new(
        _time,
        o =>
        {
            o.Hedging = s_after100Ms;
            o.OnAttempt = _attempts.Enqueue;
            configure?.Invoke(o);
        },
        endpoints);

    /// <summary>Answers when its gate is opened, and counts the requests that were given up before.</summary>
    private Task<LoopbackServer> GatedAsync(string id) => LoopbackServer.StartAsync(id, async c =>
    {
        _seen.Enqueue($"{c.Request.Method} {id} {c.Request.Headers["x-own"]} {await new StreamReader(c.Request.Body).ReadToEndAsync()}");
        using var aborted = c.RequestAborted.Register(() =>
        {
            Interlocked.Increment(ref _aborted);
            Gate(id).TrySetResult();
        });
        await Gate(id).Task;
        await c.Response.WriteAsync(id);
    });

    private static Task<LoopbackServer> UnavailableAsync(string id) => LoopbackServer.StartAsync(id, c =>
    {
        c.Response.StatusCode = 503;
        return c.Response.WriteAsync(id);
    });

    private TaskCompletionSource Gate(string id) =>
        _gates.GetOrAdd(id, _ => new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously));

    private Task SeenAsync(int count) => Eventually.TrueAsync(() => _seen.Count == count);

    private async Task NextCopyAsync()
    {
        await _time.WaitForTimerDueInAsync(TimeSpan.FromMilliseconds(100));
        _time.Advance(TimeSpan.FromMilliseconds(100));
    }

    [Fact]
    public async Task InstanceIsSlow_CopyGoesToAnother_TheFirstResponseWinsAndTheOthersAreCancelled()
    {
        await using var a = await GatedAsync("a");
        await using var b = await GatedAsync("b");
        await using var c = await GatedAsync("c");
        await using var caller = Caller(null, a.Endpoint, b.Endpoint, c.Endpoint);
        using var request = new HttpRequestMessage(HttpMethod.Get, "http://orders/x") { Headers = { { "x-own", "1" } }, Content = new StringContent("body") };
        var call = caller.Client.SendAsync(request);
        await SeenAsync(1);
        await NextCopyAsync();
        await SeenAsync(2);
        await NextCopyAsync();
        await SeenAsync(3);

        Gate("b").SetResult();

        using var response = await call.WithinAsync();
        Assert.Equal("b", await response.Content.ReadAsStringAsync());
        Assert.Equal("b", response.GetEndpoint()!.Id);
        Assert.Same(request, response.RequestMessage);
        Assert.Equal(["GET a 1 body", "GET b 1 body", "GET c 1 body"], _seen.Order());
        await Eventually.TrueAsync(() => Volatile.Read(ref _aborted) == 2);
        await Eventually.TrueAsync(() => _attempts.Count == 3);
        Assert.Equal(
            [("a", CallResult.Cancelled), ("b", CallResult.Success), ("c", CallResult.Cancelled)],
            caller.Policy.Ended.Select(e => (e.Endpoint.Id, e.Outcome.Result)).Order());
        Assert.Equal([null, AttemptFate.Hedged, AttemptFate.Hedged], _attempts.Select(t => t.Fate).Order());
        Assert.All(_attempts, t => Assert.Same(request, t.Request));
        Assert.Equal(0, _time.PendingTimers);
    }

    /// <summary>Its calls end only by being given up: the policy learns from those.</summary>
    [Fact]
    public async Task InstanceHangs_PeakEwmaSendsItHardlyAnyFirstCopies()
    {
        await using var a = await LoopbackServer.StartAsync("a", c =>
        {
            _seen.Enqueue("GET a");
            return Gate("a").Task.WaitAsync(c.RequestAborted);
        });
        await using var b = await GatedAsync("b");
        Gate("b").SetResult();
        await using var caller = Caller(o => o.Policy = new PeakEwmaPolicy(), a.Endpoint, b.Endpoint);
        var hung = 0;
        for (var i = 0; i < 20; i++)
        {
            var call = caller.Client.GetStringAsync("http://orders/");
            await Eventually.TrueAsync(() => !_seen.IsEmpty);
            if (_seen.First().StartsWith("GET a", StringComparison.Ordinal))
            {
                hung++;
                await NextCopyAsync();
            }

            Assert.Equal("b", await call.WithinAsync());
            _seen.Clear();
        }

        Assert.InRange(hung, 0, 2);
    }

    [Fact]
    public async Task InstanceIsQuick_NoCopyIsSent()
    {
        await using var a = await GatedAsync("a");
        await using var b = await GatedAsync("b");
        await using var caller = Caller(null, a.Endpoint, b.Endpoint);
        Gate("a").SetResult();

        Assert.Equal("a", await caller.Client.GetStringAsync("http://orders/").WithinAsync());

        Assert.Single(_seen);
        Assert.Equal([null], _attempts.Select(t => t.Fate));
    }

    [Fact]
    public async Task MethodThatIsNotSafe_HasNoCopies()
    {
        await using var a = await GatedAsync("a");
        await using var b = await GatedAsync("b");
        await using var caller = Caller(null, a.Endpoint, b.Endpoint);
        var call = caller.Client.PostAsync("http://orders/", null);
        await SeenAsync(1);

        _time.Advance(TimeSpan.FromSeconds(10));
        Gate("a").SetResult();

        using var response = await call.WithinAsync();
        Assert.Single(_seen);
    }

    [Fact]
    public async Task InstanceFails_TheNextCopyIsSentAtOnce()
    {
        await using var a = await UnavailableAsync("a");
        await using var b = await GatedAsync("b");
        Gate("b").SetResult();
        await using var caller = Caller(null, a.Endpoint, b.Endpoint);

        Assert.Equal("b", await caller.Client.GetStringAsync("http://orders/").WithinAsync());
    }

    [Fact]
    public async Task UnreachableInstance_IsReplacedAtOnceAndNotCounted()
    {
        await using var b = await GatedAsync("b");
        Gate("b").SetResult();
        await using var caller = Caller(o => o.Hedging = new(1, TimeSpan.Zero, default), new Endpoint("a", "127.0.0.1", FreePort.Next()), b.Endpoint);

        Assert.Equal("b", await caller.Client.GetStringAsync("http://orders/").WithinAsync());
        Assert.Equal([AttemptFate.Moved, null], _attempts.Select(t => t.Fate));
    }

    [Fact]
    public async Task OtherStatus_EndsTheRequestWithThatResponse()
    {
        await using var a = await UnavailableAsync("a");
        await using var b = await GatedAsync("b");
        await using var caller = Caller(o => o.Hedging = new(3, TimeSpan.FromSeconds(1), default), a.Endpoint, b.Endpoint);

        using var response = await caller.Client.GetAsync("http://orders/").WithinAsync();

        Assert.Equal(HttpStatusCode.ServiceUnavailable, response.StatusCode);
        Assert.Equal("a", await response.Content.ReadAsStringAsync());
        Assert.Empty(_seen);
    }

    [Fact]
    public async Task AllFail_CallerGetsTheLastResponse()
    {
        await using var a = await UnavailableAsync("a");
        await using var b = await UnavailableAsync("b");
        await using var caller = Caller(null, a.Endpoint, b.Endpoint);

        using var response = await caller.Client.GetAsync("http://orders/").WithinAsync();

        Assert.Equal(HttpStatusCode.ServiceUnavailable, response.StatusCode);
        Assert.Equal("b", await response.Content.ReadAsStringAsync());
        Assert.Equal(["a", "b"], _attempts.Select(t => t.Endpoint.Id));
    }

    [Fact]
    public async Task NobodyCanBeReached_SaysWhichWereTried()
    {
        await using var caller = Caller(null, new Endpoint("a", "127.0.0.1", FreePort.Next()), new Endpoint("b", "127.0.0.1", FreePort.Next()));

        var e = await Assert.ThrowsAsync<HttpRequestException>(() => caller.Client.GetStringAsync("http://orders/").WithinAsync());

        Assert.Contains("a (127.0.0.1:", e.Message, StringComparison.Ordinal);
        Assert.Contains("b (127.0.0.1:", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task CallerCancels_AllCopiesAre()
    {
        await using var a = await GatedAsync("a");
        await using var b = await GatedAsync("b");
        await using var caller = Caller(null, a.Endpoint, b.Endpoint);
        using var cancel = new CancellationTokenSource();
        var call = caller.Client.GetAsync("http://orders/", cancel.Token);
        await SeenAsync(1);
        await NextCopyAsync();
        await SeenAsync(2);

        await cancel.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => call.WithinAsync());
        await Eventually.TrueAsync(() => Volatile.Read(ref _aborted) == 2);
        Assert.Equal([CallResult.Cancelled, CallResult.Cancelled], caller.Policy.Results);
    }

    [Fact]
    public async Task TimeOfTheRequestIsOver_AllCopiesEndWithATimeout()
    {
        await using var a = await GatedAsync("a");
        await using var b = await GatedAsync("b");
        await using var caller = Caller(o => o.Timeout = TimeSpan.FromMilliseconds(150), a.Endpoint, b.Endpoint);
        var call = caller.Client.GetAsync("http://orders/");
        await SeenAsync(1);
        await NextCopyAsync();
        await SeenAsync(2);

        _time.Advance(TimeSpan.FromMilliseconds(50));

        var e = await Assert.ThrowsAsync<TaskCanceledException>(() => call.WithinAsync());
        Assert.IsType<TimeoutException>(e.InnerException);
        await Eventually.TrueAsync(() => Volatile.Read(ref _aborted) == 2);
        await Eventually.TrueAsync(() => _time.PendingTimers == 0);
    }

    [Fact]
    public async Task MostRequestsFail_CopiesEnd()
    {
        await using var a = await UnavailableAsync("a");
        await using var b = await UnavailableAsync("b");
        await using var caller = Caller(o => o.RetryThrottling = new RetryThrottleSettings(4, 0.1), a.Endpoint, b.Endpoint);

        for (var i = 0; i < 20; i++)
        {
            using var response = await caller.Client.GetAsync("http://orders/").WithinAsync();
        }

        Assert.InRange(_attempts.Count, 21, 23);
    }

    [Fact]
    public async Task TooManyRequests_WithoutATimeEndsTheRequest_AsItEndsRetries()
    {
        await using var a = await RefusingAsync("a", 429, null);
        await using var b = await GatedAsync("b");
        await using var caller = Caller(null, a.Endpoint, b.Endpoint);

        using var response = await caller.Client.GetAsync("http://orders/").WithinAsync();

        Assert.Equal(HttpStatusCode.TooManyRequests, response.StatusCode);
        Assert.Empty(_seen);
        Assert.Equal([null], _attempts.Select(t => t.Fate));
    }

    [Fact]
    public async Task TooManyRequests_WithATime_TheNextCopyIsSentAfterIt()
    {
        await using var a = await RefusingAsync("a", 429, "1");
        await using var b = await GatedAsync("b");
        Gate("b").SetResult();
        await using var caller = Caller(null, a.Endpoint, b.Endpoint);
        var call = caller.Client.GetStringAsync("http://orders/");
        await _time.WaitForTimerDueInAsync(TimeSpan.FromSeconds(1));
        Assert.Empty(_seen);

        _time.Advance(TimeSpan.FromSeconds(1));

        Assert.Equal("b", await call.WithinAsync());
    }

    [Fact]
    public async Task Unavailable_WithATime_SaysNothingOfTheOthers_TheNextCopyIsSentAtOnce()
    {
        await using var a = await RefusingAsync("a", 503, "120");
        await using var b = await GatedAsync("b");
        Gate("b").SetResult();
        await using var caller = Caller(null, a.Endpoint, b.Endpoint);

        Assert.Equal("b", await caller.Client.GetStringAsync("http://orders/").WithinAsync());
    }

    [Theory]
    [InlineData("61")]
    [InlineData("9999999")]
    public async Task TooManyRequests_WithATimeLongerThanAnybodyWaits_CallerGetsTheAnswerAtOnce(string retryAfter)
    {
        await using var a = await RefusingAsync("a", 429, retryAfter);
        await using var b = await GatedAsync("b");
        await using var caller = Caller(null, a.Endpoint, b.Endpoint);

        using var response = await caller.Client.GetAsync("http://orders/").WithinAsync();

        Assert.Equal(HttpStatusCode.TooManyRequests, response.StatusCode);
        Assert.Empty(_seen);
    }

    private static Task<LoopbackServer> RefusingAsync(string id, int status, string? retryAfter) => LoopbackServer.StartAsync(id, c =>
    {
        c.Response.StatusCode = status;
        c.Response.Headers.RetryAfter = retryAfter;
        return c.Response.WriteAsync(id);
    });
}
