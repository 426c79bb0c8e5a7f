using System.Net;
using Microsoft.AspNetCore.Http;
using Rollcall.Discovery.Configuration.Live;
using Rollcall.Discovery.Tests.Configuration;
using Rollcall.TestKit;

namespace Rollcall.Discovery.Tests.Http;

/// <summary>Requests that begin before the service config was read for the first time.</summary>
public sealed class HttpFirstConfigTests : IAsyncDisposable
{
    private readonly FakeTimeProvider _time = new();
    private readonly ScriptedConfigSource _source = new();
    private readonly ServiceConfigDirectory _configs;
    private int _requests;

    public HttpFirstConfigTests() => _configs = new ServiceConfigDirectory([_source]);

    public ValueTask DisposeAsync() => _configs.DisposeAsync();

    [Fact]
    public async Task FirstRequest_WaitsForTheConfigAndGoesByIt()
    {
        await using var first = await ConflictAsync("a");
        await using var second = await ConflictAsync("b");
        await using var caller = Caller(first, second);

        var response = caller.Client.PostAsync("http://orders/", null);
        await Eventually.TrueAsync(() => _source.Open == 1);
        Assert.Equal(0, Volatile.Read(ref _requests));
        _source.Answer("""
            { "methodConfig": [ { "name": [ { "service": "POST /" } ], "retryPolicy": { "maxAttempts": 2, "initialBackoff": "0.1s", "maxBackoff": "0.1s",
              "backoffMultiplier": 1, "retryableStatusCodes": [ "UNAVAILABLE" ], "retryableHttpStatusCodes": [ 409 ] } } ] }
            """);
        await Eventually.TrueAsync(() => Volatile.Read(ref _requests) == 1);
        await _time.WaitForTimersAsync(1);
        _time.Advance(TimeSpan.FromMilliseconds(200));

        Assert.Equal(HttpStatusCode.Conflict, (await response.WithinAsync()).StatusCode);
        Assert.Equal(2, _requests);
    }

    [Fact]
    public async Task NoConfigOrNoAnswer_RequestsGoOnByTheOptions()
    {
        await using var server = await ConflictAsync("a");
        await using var caller = Caller(server);

        // Nobody can be asked.
        var refused = caller.Client.PostAsync("http://orders/", null);
        _source.Fail("gone");
        Assert.Equal(HttpStatusCode.Conflict, (await refused.WithinAsync()).StatusCode);

        // Silence.
        await using var other = new ServiceConfigDirectory([new ScriptedConfigSource()]);
        await using var patient = new TestCaller(_time, o => o.ServiceConfigs = other, server.Endpoint);
        var waiting = patient.Client.PostAsync("http://orders/", null);
        await _time.WaitForTimerDueInAsync(ServiceConfigBinding.Patience);
        Assert.Equal(1, Volatile.Read(ref _requests));
        _time.Advance(ServiceConfigBinding.Patience);
        Assert.Equal(HttpStatusCode.Conflict, (await waiting.WithinAsync()).StatusCode);

        // Only once.
        Assert.Equal(HttpStatusCode.Conflict, (await patient.Client.PostAsync("http://orders/", null).WithinAsync()).StatusCode);
    }

    [Fact]
    public async Task GivenUpWhileItWaits_NothingIsSent()
    {
        await using var server = await ConflictAsync("a");
        await using var caller = Caller(server);
        using var giveUp = new CancellationTokenSource();

        var response = caller.Client.PostAsync("http://orders/", null, giveUp.Token);
        await Eventually.TrueAsync(() => _source.Open == 1);
        await giveUp.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => response.WithinAsync());
        Assert.Equal(0, _requests);
    }

    private TestCaller Caller(params LoopbackServer[] servers) => new(_time, o => o.ServiceConfigs = _configs, [.. servers.Select(static s => s.Endpoint)]);

    private Task<LoopbackServer> ConflictAsync(string id) => LoopbackServer.StartAsync(id, context =>
    {
        Interlocked.Increment(ref _requests);
        context.Response.StatusCode = 409;
        return Task.CompletedTask;
    });

    [Fact]
    public async Task TimeoutOfTheOptions_EndsTheWait()
    {
        await using var server = await ConflictAsync("a");
        await using var caller = Caller(TimeSpan.FromMilliseconds(300), server);

        var response = caller.Client.PostAsync("http://orders/", null);
        await _time.WaitForTimerDueInAsync(TimeSpan.FromMilliseconds(300));
        _time.Advance(TimeSpan.FromMilliseconds(300));

        await AssertTooLateAsync(response, "The service config of 'orders' was not known within 00:00:00.3");
        Assert.Empty(caller.Policy.Ended);
        Assert.Equal(0, _requests);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Wait_IsAPartOfTheTimeout(bool hedged)
    {
        await using var server = await LoopbackServer.StartAsync("a", async context =>
        {
            Interlocked.Increment(ref _requests);

            // Until the caller gives up.
            var aborted = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            using var registration = context.RequestAborted.Register(aborted.SetResult);
            await aborted.Task;
        });
        await using var caller = Caller(TimeSpan.FromSeconds(2), server, o => o.Hedging = hedged ? new(1, TimeSpan.Zero, default) : null);

        var response = caller.Client.GetAsync("http://orders/");
        await _time.WaitForTimerDueInAsync(TimeSpan.FromSeconds(2));
        _time.Advance(TimeSpan.FromMilliseconds(900));
        _source.Answer("{}");
        await Eventually.TrueAsync(() => Volatile.Read(ref _requests) == 1);
        await _time.WaitForTimerDueInAsync(TimeSpan.FromMilliseconds(1100));
        _time.Advance(TimeSpan.FromMilliseconds(1100));

        await AssertTooLateAsync(response, "within 00:00:02");
    }

    [Fact]
    public async Task ConfigGivesLessTimeThanTheWaitTook_NoInstanceIsToBlame()
    {
        await using var server = await ConflictAsync("a");
        await using var caller = Caller(null, server);

        var response = caller.Client.PostAsync("http://orders/", null);
        await _time.WaitForTimerDueInAsync(ServiceConfigBinding.Patience);
        await Eventually.TrueAsync(() => _source.Open == 1);
        _time.Advance(TimeSpan.FromMilliseconds(600));
        _source.Answer("""{ "methodConfig": [ { "name": [ { "service": "POST /" } ], "timeout": "0.5s" } ] }""");

        await AssertTooLateAsync(response, "was not known within 00:00:00.5");
        Assert.Empty(caller.Policy.Ended);
    }

    private static async Task AssertTooLateAsync(Task<HttpResponseMessage> response, string words)
    {
        var e = await Assert.ThrowsAsync<TaskCanceledException>(() => response.WithinAsync());
        Assert.IsType<TimeoutException>(e.InnerException);
        Assert.Contains(words, e.Message, StringComparison.Ordinal);
    }

    private TestCaller Caller(TimeSpan? timeout, LoopbackServer server, Action<Rollcall.Discovery.Http.DiscoveryHandlerOptions>? configure = null) => new(
        _time,
        o =>
        {
            o.ServiceConfigs = _configs;
            o.Timeout = timeout;
            configure?.Invoke(o);
        },
        server.Endpoint);
}
