using System.Net;
using Microsoft.AspNetCore.Http;
using Rollcall.Discovery.Configuration;
using Rollcall.Discovery.Configuration.Live;
using Rollcall.Discovery.Tests.Configuration;
using Rollcall.TestKit;

namespace Rollcall.Discovery.Tests.Http;

/// <summary>A service config that changes while a handler lives.</summary>
public sealed class HttpLiveConfigTests : IAsyncDisposable
{
    private readonly ScriptedConfigSource _source = new();
    private readonly ServiceConfigDirectory _configs;

    public HttpLiveConfigTests()
    {
        _configs = new ServiceConfigDirectory([_source]);
        _source.Answer(null);
    }

    public ValueTask DisposeAsync() => _configs.DisposeAsync();

    [Fact]
    public async Task Timeout_IsForRequestsThatBeginAfterTheChange()
    {
        var release = new TaskCompletionSource();
        var arrived = new TaskCompletionSource();
        await using var server = await LoopbackServer.StartAsync("a", async context =>
        {
            arrived.TrySetResult();
            await release.Task.WaitAsync(context.RequestAborted);
        });
        await using var caller = new TestCaller(o => o.ServiceConfigs = _configs, server.Endpoint);
        var before = caller.Client.GetAsync("http://orders/");
        await arrived.Task.WithinAsync();

        await SetAsync("""{ "methodConfig": [ { "name": [ {} ], "timeout": "0.05s" } ] }""");
        var error = await Assert.ThrowsAnyAsync<OperationCanceledException>(() => caller.Client.GetAsync("http://orders/").WithinAsync());
        release.SetResult();

        Assert.IsType<TimeoutException>(error.InnerException);
        Assert.Equal(HttpStatusCode.OK, (await before.WithinAsync()).StatusCode);
    }

    [Theory]
    [InlineData("POST /orders", "[ 409 ]", 3)]
    [InlineData("/orders", "[ 409 ]", 1)]
    [InlineData("POST /orders", "[ 503 ]", 1)]
    [InlineData("POST /others", "[ 409 ]", 1)]
    public async Task RetryPolicy_IsForTheStatusesThePathAndTheMethodThatItNames(string name, string statuses, int expected)
    {
        var requests = 0;
        RequestDelegate conflict = context =>
        {
            Interlocked.Increment(ref requests);
            context.Response.StatusCode = 409;
            return Task.CompletedTask;
        };
        await using var first = await LoopbackServer.StartAsync("a", conflict);
        await using var second = await LoopbackServer.StartAsync("b", conflict);
        await using var caller = new TestCaller(o => o.ServiceConfigs = _configs, first.Endpoint, second.Endpoint);
        await PostAsync();
        Assert.Equal(1, requests);

        await SetAsync($$"""
            { "methodConfig": [ { "name": [ { "service": "{{name}}" } ], "retryPolicy": { "maxAttempts": 3, "initialBackoff": "0.001s",
              "maxBackoff": "0.001s", "backoffMultiplier": 1, "retryableStatusCodes": [ "UNAVAILABLE" ], "retryableHttpStatusCodes": {{statuses}} } } ] }
            """);
        requests = 0;
        await PostAsync();

        Assert.Equal(expected, requests);

        async Task PostAsync()
        {
            using var response = await caller.Client.PostAsync("http://orders/orders/17", new StringContent("x")).WithinAsync();
            Assert.Equal(HttpStatusCode.Conflict, response.StatusCode);
        }
    }

    [Fact]
    public async Task DeletedConfig_GivesTheHandlersOwnBack()
    {
        await using var server = await LoopbackServer.StartAsync("a", static context => Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, context.RequestAborted));
        var own = ServiceCallConfig.Parse("""{ "methodConfig": [ { "name": [ {} ], "timeout": "0.05s" } ] }""");
        await using var caller = new TestCaller(
            o =>
            {
                o.ServiceConfig = own;
                o.ServiceConfigs = _configs;
            },
            server.Endpoint);
        await TimesOutAsync("http://orders/");

        await SetAsync("""{ "methodConfig": [ { "name": [ { "service": "fast" } ], "timeout": "0.05s" } ] }""");
        var slow = caller.Client.GetAsync("http://orders/slow");
        await TimesOutAsync("http://orders/fast");
        Assert.False(slow.IsCompleted);
        await SetAsync(null);
        await TimesOutAsync("http://orders/");
        caller.Client.CancelPendingRequests();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => slow.WithinAsync());

        async Task TimesOutAsync(string address) => Assert.IsType<TimeoutException>(
            (await Assert.ThrowsAnyAsync<OperationCanceledException>(() => caller.Client.GetAsync(address).WithinAsync())).InnerException);
    }

    [Fact]
    public async Task DisposedHandler_FollowsNothing()
    {
        await using var server = await LoopbackServer.StartAsync("a", static _ => Task.CompletedTask);
        await using (var caller = new TestCaller(o => o.ServiceConfigs = _configs, server.Endpoint))
        {
            using var response = await caller.Client.GetAsync("http://orders/").WithinAsync();
            Assert.Equal("orders", Assert.Single(_configs.States).Query.Service);
        }

        await Eventually.TrueAsync(() => _configs.States.Count == 0);
    }

    /// <summary>Sets the config, and waits until the handler has it, which has asked for it before.</summary>
    private async Task SetAsync(string? json)
    {
        var changed = new TaskCompletionSource();
        using var watch = _configs.Watch(new ServiceConfigQuery("orders"));
        var before = watch.State.Config;
        watch.OnChange(state =>
        {
            if (!ReferenceEquals(state.Config, before))
            {
                changed.TrySetResult();
            }
        });
        _source.Answer(json);
        await changed.Task.WithinAsync();
    }
}
