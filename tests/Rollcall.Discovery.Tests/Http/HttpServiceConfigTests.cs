using System.Collections.Concurrent;
using System.Net;
using Microsoft.AspNetCore.Http;
using Rollcall.Discovery.Balancing;
using Rollcall.Discovery.Configuration;
using Rollcall.Discovery.Configuration.Live;
using Rollcall.Discovery.Http;
using Rollcall.TestKit;

namespace Rollcall.Discovery.Tests.Http;

/// <summary>What a service config and a hash key do for HTTP requests.</summary>
public sealed class HttpServiceConfigTests
{
    private readonly ConcurrentQueue<string> _seen = new();

    private Task<LoopbackServer> AnsweringAsync(string id, int status) => LoopbackServer.StartAsync(id, c =>
    {
        _seen.Enqueue(id);
        c.Response.StatusCode = status;
        return c.Response.WriteAsync(id);
    });

    [Theory]
    [InlineData("POST", "/v1/orders/7", 200)]
    [InlineData("POST", "/v1/invoices", 503)]
    [InlineData("PUT", "/v1/orders", 503)]
    [InlineData("GET", "/v1/never", 503)]
    [InlineData("GET", "/other", 200)]
    public async Task NameWithAMethodAllowsRetriesForIt_AndOnlyForIt(string method, string path, int expected)
    {
        await using var a = await AnsweringAsync("a", 503);
        await using var b = await AnsweringAsync("b", 200);
        await using var caller = new TestCaller(
            o => o.ServiceConfig = ServiceCallConfig.Parse(
                """
                {"methodConfig":[
                  {"name":[{"service":"POST /v1/orders"}],
                   "retryPolicy":{"maxAttempts":3,"initialBackoff":"0.001s","maxBackoff":"1s","backoffMultiplier":2,"retryableStatusCodes":["UNAVAILABLE"]}},
                  {"name":[{"service":"/v1/never"}],
                   "retryPolicy":{"maxAttempts":3,"initialBackoff":"0.001s","maxBackoff":"1s","backoffMultiplier":2,"retryableStatusCodes":["DATA_LOSS"]}}]}
                """),
            a.Endpoint,
            b.Endpoint);
        using var request = new HttpRequestMessage(new HttpMethod(method), "http://orders" + path);

        using var response = await caller.Client.SendAsync(request).WithinAsync();

        Assert.Equal(expected, (int)response.StatusCode);
    }

    [Fact]
    public async Task ServiceThatCannotBeFollowed_LeavesNoCallerBehind()
    {
        var configs = new ServiceConfigDirectory([]);
        await configs.DisposeAsync();
        await using var caller = new TestCaller(o => o.ServiceConfigs = configs);

        await Assert.ThrowsAsync<ObjectDisposedException>(() => caller.Client.GetAsync("http://orders/").WithinAsync());

        Assert.Empty(caller.Directory.Describe().Services);
    }

    [Fact]
    public async Task TimeoutOfAPath_EndsTheRequest()
    {
        var time = new FakeTimeProvider();
        var reached = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var a = await LoopbackServer.StartAsync("a", async c =>
        {
            reached.TrySetResult();
            await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, c.RequestAborted).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        });
        await using var caller = new TestCaller(
            time,
            o =>
            {
                o.Timeout = TimeSpan.FromSeconds(10);
                o.ServiceConfig = ServiceCallConfig.Parse("""{"methodConfig":[{"name":[{"service":"/slow"}],"timeout":"2s"}]}""");
            },
            a.Endpoint);
        var call = caller.Client.GetAsync("http://orders/slow/x");
        await reached.Task.WithinAsync();

        time.Advance(TimeSpan.FromSeconds(2));

        var e = await Assert.ThrowsAsync<TaskCanceledException>(() => call.WithinAsync());
        Assert.Contains("within 00:00:02", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task HashKeyByHeader_SameValueGoesToTheSameInstance()
    {
        await using var a = await AnsweringAsync("a", 200);
        await using var b = await AnsweringAsync("b", 200);
        await using var c = await AnsweringAsync("c", 200);
        await using var caller = new TestCaller(
            o =>
            {
                o.Policy = BalancingPolicies.Find("ring_hash");
                o.Balancing.HashKey = HashKeySource.Header("x-user");
            },
            a.Endpoint,
            b.Endpoint,
            c.Endpoint);
        var chosen = new HashSet<string>();

        for (var user = 0; user < 20; user++)
        {
            var first = await GetAsync(user);
            Assert.Equal(first, await GetAsync(user));
            Assert.Equal(first, await GetAsync(user));
            chosen.Add(first);
        }

        Assert.Equal(3, chosen.Count);

        async Task<string> GetAsync(int user)
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, "http://orders/") { Headers = { { "X-User", $"u{user}" } } };
            using var response = await caller.Client.SendAsync(request).WithinAsync();
            return await response.Content.ReadAsStringAsync();
        }
    }

    [Fact]
    public async Task BalancingOption_IsUsedAndChecked()
    {
        await using var directory = new EndpointDirectory(new StaticEndpointSource());
        var options = new DiscoveryHandlerOptions { Balancing = new ServiceBalancerOptions { PanicThreshold = 101 } };

        var e = Assert.ThrowsAny<ArgumentException>(() => new DiscoveryHandler(directory, options));

        Assert.Contains("PanicThreshold", e.Message, StringComparison.Ordinal);
    }
}
