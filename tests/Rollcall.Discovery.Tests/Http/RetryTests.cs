using System.Collections.Concurrent;
using System.Net;
using System.Net.Http.Json;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Logging;
using Rollcall.Discovery.Balancing;
using Rollcall.Discovery.Balancing.Stages;
using Rollcall.Discovery.Events;
using Rollcall.Discovery.Http;
using Rollcall.Discovery.Resilience;
using Rollcall.TestKit;

namespace Rollcall.Discovery.Tests.Http;

/// <summary>What is sent again, where, and when it is not.</summary>
public sealed class RetryTests
{
    private readonly ConcurrentQueue<string> _seen = new();
    private readonly ConcurrentQueue<HttpAttempt> _attempts = new();

    /// <summary>Keeps what it got, and answers with a status; with what it got, if that is 200.</summary>
    private Task<LoopbackServer> AnsweringAsync(string id, int status, string? retryAfter = null) => LoopbackServer.StartAsync(id, async c =>
    {
        using var reader = new StreamReader(c.Request.Body);
        var body = await reader.ReadToEndAsync();
        _seen.Enqueue($"{id}:{body}");
        c.Response.StatusCode = status;
        if (retryAfter is not null)
        {
            c.Response.Headers.RetryAfter = retryAfter;
        }

        await c.Response.WriteAsync(status == 200 ? body : id);
    });

    [Theory]
    [InlineData("GET", 503, true)]
    [InlineData("GET", 502, true)]
    [InlineData("GET", 504, true)]
    [InlineData("GET", 500, false)]
    [InlineData("GET", 501, false)]
    [InlineData("GET", 429, false)]
    [InlineData("GET", 404, false)]
    [InlineData("POST", 503, false)]
    [InlineData("PUT", 503, false)]
    public async Task ByDefault_SafeMethodsAreRepeatedAfterAnUnavailableInstance(string method, int status, bool again)
    {
        await using var a = await AnsweringAsync("a", status);
        await using var b = await AnsweringAsync("b", 200);
        await using var caller = new TestCaller(o => o.OnAttempt = _attempts.Enqueue, a.Endpoint, b.Endpoint);
        using var request = new HttpRequestMessage(new HttpMethod(method), "http://orders/");

        using var response = await caller.Client.SendAsync(request).WithinAsync();

        Assert.Equal(again ? 200 : status, (int)response.StatusCode);
        Assert.Equal(again ? ["a:", "b:"] : ["a:"], _seen);
        Assert.Equal(again ? "b" : "a", response.GetEndpoint()!.Id);
        Assert.Equal(again ? [AttemptFate.Retried, null] : [null], _attempts.Select(t => t.Fate));
        Assert.Equal(again ? [(HttpStatusCode)status, HttpStatusCode.OK] : [(HttpStatusCode)status], _attempts.Select(t => t.StatusCode!.Value));
    }

    [Theory]
    [InlineData(500, "500 InternalServerError")]
    [InlineData(503, "503 ServiceUnavailable")]
    public async Task InstanceThatCantServe_IsEjectedWithItsLastAnswer(int status, string told)
    {
        await using var a = await AnsweringAsync("a", status);
        await using var b = await AnsweringAsync("b", 200);
        await using var caller = new TestCaller(null, a.Endpoint, b.Endpoint);

        for (var i = 0; i < 5; i++)
        {
            using var refused = await caller.Client.PostAsync("http://orders/", null).WithinAsync();
            Assert.Equal(status, (int)refused.StatusCode);
        }

        using var response = await caller.Client.PostAsync("http://orders/", null).WithinAsync();
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        var ejected = Assert.Single(Assert.Single(Assert.Single(caller.Directory.Describe().Services).Callers).Endpoints, static e => e.Standing == EndpointStanding.Ejected);
        Assert.Equal(("a", $"5 calls in a row failed, the last with {told}"), (ejected.Endpoint.Id, ejected.Reason));
    }

    [Theory]
    [InlineData(500, true)]
    [InlineData(408, true)]
    [InlineData(409, false)]
    [InlineData(422, false)]
    public async Task UnknownIsRetryable_StatusesOfTheRequestItselfStillAreNot(int status, bool again)
    {
        await using var a = await AnsweringAsync("a", status);
        await using var b = await AnsweringAsync("b", 200);
        await using var caller = new TestCaller(
            o => o.Retry = new RetrySettings(3, TimeSpan.FromMilliseconds(1), TimeSpan.FromSeconds(1), 2, new(CallStatus.Unknown)), a.Endpoint, b.Endpoint);

        using var response = await caller.Client.GetAsync("http://orders/").WithinAsync();

        Assert.Equal(again ? 200 : status, (int)response.StatusCode);
    }

    [Fact]
    public async Task AllUnavailable_NoneIsCalledTwiceBeforeEachWasCalledOnce()
    {
        await using var a = await AnsweringAsync("a", 503);
        await using var b = await AnsweringAsync("b", 503);
        await using var c = await AnsweringAsync("c", 503);
        await using var caller = new TestCaller(
            o => o.Retry = new RetrySettings(5, TimeSpan.FromMilliseconds(1), TimeSpan.FromMilliseconds(1), 1, new(CallStatus.Unavailable)),
            a.Endpoint,
            b.Endpoint,
            c.Endpoint);

        using var response = await caller.Client.GetAsync("http://orders/").WithinAsync();

        // The last response is the caller's, as the server gave it.
        Assert.Equal(HttpStatusCode.ServiceUnavailable, response.StatusCode);
        Assert.Equal("b", await response.Content.ReadAsStringAsync());
        Assert.Equal(["a:", "b:", "c:", "a:", "b:"], _seen);
    }

    [Theory]
    [InlineData("json", true)]
    [InlineData("text", true)]
    [InlineData("memory", true)]
    [InlineData("stream", true)]
    [InlineData("long stream", false)]
    [InlineData("endless stream", false)]
    public async Task AddedMethod_IsRepeatedIfItsBodyCanBeSentAgain(string kind, bool again)
    {
        await using var a = await AnsweringAsync("a", 503);
        await using var b = await AnsweringAsync("b", 200);
        await using var caller = new TestCaller(
            o =>
            {
                o.RetriedMethods.Add(HttpMethod.Post);
                o.ReplayBufferSize = 10;
            },
            a.Endpoint,
            b.Endpoint);
        using HttpContent content = kind switch
        {
            "json" => JsonContent.Create(12345),
            "text" => new StringContent("12345"),
            "memory" => new ReadOnlyMemoryContent("12345"u8.ToArray()),
            "stream" => new StreamContent(new MemoryStream("12345"u8.ToArray())),
            "long stream" => new StreamContent(new MemoryStream(new byte[11])),
            _ => new StreamContent(new NoLength("12345"u8.ToArray())),
        };

        using var response = await caller.Client.PostAsync("http://orders/", content).WithinAsync();

        Assert.Equal(again ? HttpStatusCode.OK : HttpStatusCode.ServiceUnavailable, response.StatusCode);
        Assert.Equal(again ? 2 : 1, _seen.Count);
        Assert.True(!again || await response.Content.ReadAsStringAsync() == "12345");
    }

    [Fact]
    public async Task TooManyRequests_IsRepeatedAfterTheTimeThatTheServerNames()
    {
        var time = new FakeTimeProvider();
        await using var a = await AnsweringAsync("a", 429, "1");
        await using var b = await AnsweringAsync("b", 200);
        await using var caller = new TestCaller(time, null, a.Endpoint, b.Endpoint);
        var call = caller.Client.GetAsync("http://orders/");

        await time.WaitForTimerDueInAsync(TimeSpan.FromSeconds(1));
        Assert.Equal(["a:"], _seen);
        time.Advance(TimeSpan.FromSeconds(1));

        using var response = await call.WithinAsync();
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
    }

    [Theory]
    [InlineData("http date")]
    [InlineData("1")]
    public async Task OnlyInstanceAsksToWait_IsWaitedFor(string retryAfter)
    {
        var time = new FakeTimeProvider();
        var answers = 0;
        await using var a = await LoopbackServer.StartAsync("a", c =>
        {
            c.Response.StatusCode = Interlocked.Increment(ref answers) == 1 ? 503 : 200;
            c.Response.Headers.RetryAfter = retryAfter == "http date" ? time.GetUtcNow().AddSeconds(1).ToString("R") : retryAfter;
            return Task.CompletedTask;
        });
        await using var caller = new TestCaller(time, null, a.Endpoint);
        var call = caller.Client.GetAsync("http://orders/");

        await time.WaitForTimerDueInAsync(TimeSpan.FromSeconds(1));
        time.Advance(TimeSpan.FromSeconds(1));

        using var response = await call.WithinAsync();
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
    }

    [Fact]
    public async Task OnlyInstanceAsksToWaitLongerThanThePolicyEverWould_CallerGetsTheAnswerAtOnce()
    {
        await using var a = await AnsweringAsync("a", 503, "2");
        await using var caller = new TestCaller(null, a.Endpoint);

        using var response = await caller.Client.GetAsync("http://orders/").WithinAsync();

        Assert.Equal(TimeSpan.FromSeconds(2), response.Headers.RetryAfter!.Delta);
        Assert.Single(_seen);
    }

    [Fact]
    public async Task OnlyInstanceOfTheSubsetAsksToWait_IsWaitedFor()
    {
        var time = new FakeTimeProvider();
        var answers = 0;
        RequestDelegate unavailableAtFirst = c =>
        {
            c.Response.StatusCode = Interlocked.Increment(ref answers) == 1 ? 503 : 200;
            c.Response.Headers.RetryAfter = "1";
            return Task.CompletedTask;
        };
        await using var a = await LoopbackServer.StartAsync("a", unavailableAtFirst);
        await using var b = await LoopbackServer.StartAsync("b", unavailableAtFirst);
        await using var caller = new TestCaller(
            time, o => o.Balancing.Subset = new() { Size = 1, ClientId = "me" }, a.Endpoint, b.Endpoint);
        var call = caller.Client.GetAsync("http://orders/");

        await time.WaitForTimerDueInAsync(TimeSpan.FromSeconds(1));
        Assert.Equal(1, answers);
        time.Advance(TimeSpan.FromSeconds(1));

        using var response = await call.WithinAsync();
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
    }

    [Fact]
    public async Task InstanceAsksToWaitWhileAnotherIsLeft_TheOtherIsCalledWithoutWaiting()
    {
        await using var a = await AnsweringAsync("a", 503, "3600");
        await using var b = await AnsweringAsync("b", 200);
        await using var caller = new TestCaller(null, a.Endpoint, b.Endpoint);

        using var response = await caller.Client.GetAsync("http://orders/").WithinAsync();

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
    }

    [Fact]
    public async Task EverythingFails_RepeatingEndsWithTheTokens()
    {
        await using var a = await AnsweringAsync("a", 503);
        await using var caller = new TestCaller(
            o =>
            {
                o.Retry = new RetrySettings(5, TimeSpan.FromTicks(1), TimeSpan.FromTicks(1), 1, new(CallStatus.Unavailable));
                o.RetryThrottling = new RetryThrottleSettings(20, 0.1);
            },
            a.Endpoint);

        for (var i = 0; i < 200; i++)
        {
            using var response = await caller.Client.GetAsync("http://orders/").WithinAsync();
        }

        // Ten tokens until half are left.
        Assert.InRange(_seen.Count, 205, 210);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task RequestsSucceedAgain_TokensComeBackAndRepeatingGoesOn(bool hedged)
    {
        await using var a = await LoopbackServer.StartAsync("a", AnswerByPathAsync);
        await using var b = await LoopbackServer.StartAsync("b", AnswerByPathAsync);
        await using var caller = new TestCaller(
            o =>
            {
                o.Retry = new RetrySettings(2, TimeSpan.FromTicks(1), TimeSpan.FromTicks(1), 1, new(CallStatus.Unavailable));
                o.Hedging = hedged ? new HedgingSettings(2, TimeSpan.FromMinutes(1), new(CallStatus.Unavailable)) : null;
                o.RetryThrottling = new RetryThrottleSettings(4, 1);
            },
            a.Endpoint,
            b.Endpoint);

        Assert.Equal(2, await SendAsync("fail"));
        Assert.Equal(1, await SendAsync("fail"));
        for (var i = 0; i < 3; i++)
        {
            Assert.Equal(1, await SendAsync("ok"));
        }

        Assert.Equal(2, await SendAsync("fail"));

        Task AnswerByPathAsync(HttpContext context)
        {
            _seen.Enqueue(context.Request.Path);
            context.Response.StatusCode = context.Request.Path == "/fail" ? 503 : 200;
            return Task.CompletedTask;
        }

        async Task<int> SendAsync(string path)
        {
            var before = _seen.Count;
            using var response = await caller.Client.GetAsync($"http://orders/{path}").WithinAsync();
            return _seen.Count - before;
        }
    }

    [Fact]
    public async Task RefusedStream_AnyMethodGoesToAnotherInstance()
    {
        await using var a = await LoopbackServer.StartAsync(
            "a",
            c =>
            {
                c.Features.GetRequiredFeature<IHttpResetFeature>().Reset(7);
                return Task.CompletedTask;
            },
            HttpProtocols.Http2);
        await using var b = await LoopbackServer.StartAsync("b", HttpProtocols.Http2);
        await using var caller = new TestCaller(o => o.OnAttempt = _attempts.Enqueue, a.Endpoint, b.Endpoint);
        caller.Client.DefaultRequestVersion = HttpVersion.Version20;
        caller.Client.DefaultVersionPolicy = HttpVersionPolicy.RequestVersionExact;

        using var content = new StringContent("x");
        using var response = await caller.Client.PostAsync("http://orders/", content).WithinAsync();

        Assert.Equal("b", response.GetEndpoint()!.Id);
        Assert.Equal([AttemptFate.Moved, null], _attempts.Select(t => t.Fate));
        Assert.IsType<HttpRequestException>(_attempts.First().Error);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task ObserverThatThrows_IsLoggedAndTheRequestGoesOn(bool hedges)
    {
        await using var b = await LoopbackServer.StartAsync("b");
        await using var caller = new TestCaller(
            o =>
            {
                o.Hedging = hedges ? new(2, TimeSpan.FromMinutes(1), default) : null;
                o.OnAttempt = _ => throw new InvalidOperationException("by the observer");
            },
            new Endpoint("a", "127.0.0.1", FreePort.Next()),
            b.Endpoint);

        caller.Log.Expect(IsOfTheObserver);

        Assert.Equal("b", await caller.Client.GetStringAsync("http://orders/").WithinAsync());

        Assert.Equal([CallResult.Unreachable, CallResult.Success], caller.Policy.Results);
        Assert.Equal(2, caller.Log.Entries.Count(IsOfTheObserver));

        static bool IsOfTheObserver(LogEntry entry) => entry is { Level: LogLevel.Error, Exception: InvalidOperationException };
    }

    [Fact]
    public async Task MaxAttempts_EndsMovesToo()
    {
        await using var caller = new TestCaller(
            o =>
            {
                o.MaxAttempts = 2;
                o.OnAttempt = _attempts.Enqueue;
            },
            [.. Enumerable.Range(0, 4).Select(i => new Endpoint($"i{i}", "127.0.0.1", FreePort.Next()))]);

        await Assert.ThrowsAsync<HttpRequestException>(() => caller.Client.GetAsync("http://orders/").WithinAsync());

        Assert.Equal([1, 2], _attempts.Select(t => t.Number));
        Assert.Equal(["i0", "i1"], _attempts.Select(t => t.Endpoint.Id));
    }

    [Theory]
    [InlineData("Timeout")]
    [InlineData("AttemptTimeout")]
    [InlineData("ReplayBufferSize")]
    [InlineData("MaxAttempts")]
    public async Task OptionOutOfRange_IsRefusedByName(string name)
    {
        await using var directory = new EndpointDirectory(new StaticEndpointSource());
        var options = new DiscoveryHandlerOptions();
        var option = typeof(DiscoveryHandlerOptions).GetProperty(name)!;
        option.SetValue(options, option.PropertyType == typeof(TimeSpan?) ? TimeSpan.Zero : name == "MaxAttempts" ? 0 : -1);

        var e = Assert.ThrowsAny<ArgumentException>(() => new DiscoveryHandler(directory, options));

        Assert.Contains(name, e.Message, StringComparison.Ordinal);
    }

    /// <summary>A stream that does not say how long it is.</summary>
    private sealed class NoLength(byte[] bytes) : MemoryStream(bytes)
    {
        public override bool CanSeek => false;
    }
}
