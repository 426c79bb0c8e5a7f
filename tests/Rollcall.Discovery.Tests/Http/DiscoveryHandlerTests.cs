using System.Collections.Concurrent;
using System.Net;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Rollcall.Discovery.Balancing;
using Rollcall.Discovery.Http;
using Rollcall.TestKit;

namespace Rollcall.Discovery.Tests.Http;

public sealed class DiscoveryHandlerTests : IAsyncDisposable
{
    private readonly ScriptedSource _source = new();
    private readonly LogCollector _log = new();
    private readonly EndpointDirectory _directory;
    private readonly RecordingPolicy _policy = new();
    private HttpClient? _client;

    public DiscoveryHandlerTests() => _directory = new EndpointDirectory(_source, loggerFactory: _log);

    public async ValueTask DisposeAsync()
    {
        _client?.Dispose();
        await _directory.DisposeAsync().AsTask().WithinAsync();
        _log.Dispose();
    }

    private HttpClient Client(IBalancingPolicy policy, params Endpoint[] endpoints) => Client(o => o.Policy = policy, endpoints);

    private HttpClient Client(Action<DiscoveryHandlerOptions> configure, params Endpoint[] endpoints)
    {
        _source.Answer(1, endpoints);
        var options = new DiscoveryHandlerOptions();
        configure(options);
        _client = new HttpClient(new DiscoveryHandler(_directory, options)) { Timeout = TimeSpan.FromSeconds(20) };
        return _client;
    }

    private static Endpoint Dead(string id) => new(id, "127.0.0.1", FreePort.Next());

    [Fact]
    public async Task ServiceNameAsHost_CallsAreSpreadAndTheInstanceIsVisible()
    {
        var hosts = new ConcurrentQueue<string>();
        await using var a = await LoopbackServer.StartAsync("a", c =>
        {
            hosts.Enqueue($"{c.Request.Host} {c.Request.Path}{c.Request.QueryString}");
            return c.Response.WriteAsync("a");
        });
        await using var b = await LoopbackServer.StartAsync("b");
        var client = Client(BalancingPolicies.Find("round_robin"), a.Endpoint, b.Endpoint);
        var seen = new List<string>();
        for (var i = 0; i < 10; i++)
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, "http://orders/list%2Fall?page=2");
            using var response = await client.SendAsync(request);
            seen.Add(await response.Content.ReadAsStringAsync());
            Assert.Equal(seen[^1], response.GetEndpoint()!.Id);
            Assert.Equal("http://orders/list%2Fall?page=2", request.RequestUri!.AbsoluteUri);
            Assert.Null(request.Headers.Host);
        }

        Assert.Equal(5, seen.Count(s => s == "a"));
        Assert.Equal(5, seen.Count(s => s == "b"));
        Assert.All(hosts, h => Assert.Equal("orders /list%2Fall?page=2", h));
    }

    [Theory]
    [InlineData("no body", false, true)]
    [InlineData("failure", false, true)]
    [InlineData("body", false, false)]
    [InlineData("body", true, true)]
    public async Task InstanceIsInTheRequestsOptions_WhereNoResponseTellsItOrWhenAsked(string kind, bool asked, bool there)
    {
        await using var a = await LoopbackServer.StartAsync("a", c => kind switch
        {
            "no body" => Task.CompletedTask,
            "body" => c.Response.WriteAsync("a"),
            _ => Abort(c),
        });
        var client = Client(
            o =>
            {
                o.Policy = _policy;
                o.EndpointInOptions = asked;
            },
            a.Endpoint);
        using var request = new HttpRequestMessage(HttpMethod.Post, "http://orders/");

        if (kind == "failure")
        {
            await Assert.ThrowsAsync<HttpRequestException>(() => client.SendAsync(request));
        }
        else
        {
            using var response = await client.SendAsync(request);
            Assert.Equal("a", response.GetEndpoint()!.Id);
        }

        Assert.Equal(there, request.Options.TryGetValue(DiscoveryHandler.EndpointKey, out var endpoint));
        Assert.Equal(there ? "a" : null, endpoint?.Id);

        static Task Abort(HttpContext context)
        {
            context.Abort();
            return Task.CompletedTask;
        }
    }

    [Fact]
    public async Task CallersOwnHostHeader_IsKept()
    {
        await using var a = await LoopbackServer.StartAsync("a", c => c.Response.WriteAsync(c.Request.Host.Value!));
        var client = Client(_policy, a.Endpoint);
        using var request = new HttpRequestMessage(HttpMethod.Get, "http://orders/") { Headers = { Host = "tenant.example" } };

        using var response = await client.SendAsync(request);

        Assert.Equal("tenant.example", await response.Content.ReadAsStringAsync());
        Assert.Equal("tenant.example", request.Headers.Host);
    }

    [Fact]
    public async Task AddressRatherThanName_GoesThereUnchanged()
    {
        await using var a = await LoopbackServer.StartAsync("a", c => c.Response.WriteAsync(c.Request.Host.Value!));
        var client = Client(_policy);

        foreach (var host in new[] { "127.0.0.1", "localhost" })
        {
            Assert.Equal($"{host}:{a.Endpoint.Port}", await client.GetStringAsync($"http://{host}:{a.Endpoint.Port}/"));
        }

        Assert.Equal(0, _source.Opened);
    }

    [Theory]
    [InlineData("http://orders/", "orders")]
    [InlineData("https://orders/a/b", "orders")]
    [InlineData("http://my_orders/", "my_orders")]
    [InlineData("http://orders:8080/", null)]
    [InlineData("http://10.0.0.1/", null)]
    [InlineData("http://[::1]/", null)]
    [InlineData("http://localhost/", null)]
    [InlineData("https://api.example.com/", null)]
    public void Address_IsANameOrNot(string uri, string? name) => Assert.Equal(name, DiscoveryHandlerOptions.DefaultQuery(new Uri(uri))?.Name);

    [Theory]
    [InlineData("http://orders:8080/x", true)]
    [InlineData("https+http://orders:8080/x", true)]
    [InlineData("http://orders.example.com:8080/x", false)]
    [InlineData("http://orders.example.com/x", false)]
    public async Task UnknownHost_IsToldWhatAPortMeansWhereItCouldBeAService(string uri, bool isTold)
    {
        using var inner = new UnknownHosts();
        using var client = new HttpClient(new DiscoveryHandler(_directory, innerHandler: inner));

        var e = await Assert.ThrowsAsync<HttpRequestException>(() => client.GetAsync(new Uri(uri)));

        Assert.Equal(HttpRequestError.NameResolutionError, e.HttpRequestError);
        Assert.StartsWith("Name or service not known", e.Message, StringComparison.Ordinal);
        Assert.Equal(isTold, e.Message.Contains("if orders is a service, leave the port out", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Http2_Works()
    {
        await using var a = await LoopbackServer.StartAsync(
            "a", c => c.Response.WriteAsync($"{c.Request.Protocol} {c.Request.Host}"), HttpProtocols.Http2);
        var client = Client(_policy, a.Endpoint);
        client.DefaultRequestVersion = HttpVersion.Version20;
        client.DefaultVersionPolicy = HttpVersionPolicy.RequestVersionExact;

        Assert.Equal("HTTP/2 orders", await client.GetStringAsync("http://orders/"));
    }

    [Fact]
    public async Task ConnectionRefused_AnyRequestGoesToAnotherInstance()
    {
        await using var b = await LoopbackServer.StartAsync("b", async c =>
        {
            using var reader = new StreamReader(c.Request.Body);
            await c.Response.WriteAsync(await reader.ReadToEndAsync());
        });
        var client = Client(_policy, Dead("a"), b.Endpoint);
        using var body = new StreamContent(new MemoryStream("once"u8.ToArray()));

        using var response = await client.PostAsync("http://orders/", body);

        Assert.Equal("once", await response.Content.ReadAsStringAsync());
        Assert.Equal([CallResult.Unreachable, CallResult.Success], _policy.Results);
    }

    [Fact]
    public async Task ConnectionLimitOfTheHandler_IsOneForEachInstance()
    {
        // Each server's first request waits for that of the other, so that the others find its connection taken.
        var firstA = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var firstB = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var connections = new ConcurrentDictionary<string, string>();
        RequestDelegate Answer(string id, TaskCompletionSource own, TaskCompletionSource other) => async c =>
        {
            connections.TryAdd(c.Connection.Id, id);
            own.TrySetResult();
            await other.Task;
            await c.Response.WriteAsync(id);
        };
        await using var a = await LoopbackServer.StartAsync("a", Answer("a", firstA, firstB));
        await using var b = await LoopbackServer.StartAsync("b", Answer("b", firstB, firstA));
        await using var caller = new TestCaller(
            static o =>
            {
                o.Policy = BalancingPolicies.Find("round_robin");
                o.ConfigureHandler = static handler => handler.MaxConnectionsPerServer = 1;
            },
            a.Endpoint,
            b.Endpoint);

        var answers = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => caller.Client.GetStringAsync("http://orders/"))).WithinAsync();

        Assert.Equal((4, 4), (answers.Count(static id => id == "a"), answers.Count(static id => id == "b")));
        Assert.Equal(["a", "b"], connections.Values.Order());
    }

    [Fact]
    public async Task AllRefuse_SaysWhichWereTried()
    {
        var client = Client(_policy, Dead("a"), Dead("b"));

        var e = await Assert.ThrowsAsync<HttpRequestException>(() => client.GetStringAsync("http://orders/"));

        Assert.Equal(HttpRequestError.ConnectionError, e.HttpRequestError);
        Assert.Contains("No instance of 'orders' could be reached", e.Message, StringComparison.Ordinal);
        Assert.Contains("a (127.0.0.1:", e.Message, StringComparison.Ordinal);
        Assert.Contains("b (127.0.0.1:", e.Message, StringComparison.Ordinal);
        Assert.Matches(@"The last error, of [ab] \(127\.0\.0\.1:\d+\): Connection refused[^:]*\. They are registered", e.Message);
        Assert.DoesNotContain("orders:80", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task NoInstance_SaysWhy()
    {
        var client = Client(_policy);

        var e = await Assert.ThrowsAsync<HttpRequestException>(() => client.GetStringAsync("http://orders/"));

        Assert.Contains("No instance of 'orders' to call: its list is empty, says", e.Message, StringComparison.Ordinal);
        Assert.Equal(NoEndpointReason.NoInstance, Assert.IsType<NoEndpointException>(e.InnerException).Reason);
    }

    [Theory]
    [InlineData("GET", true)]
    [InlineData("HEAD", true)]
    [InlineData("OPTIONS", true)]
    [InlineData("POST", false)]
    [InlineData("PUT", false)]
    [InlineData("DELETE", false)]
    public async Task ConnectionLostBeforeTheHeaders_SafeMethodsGoToAnotherInstance(string method, bool again)
    {
        await using var a = new CuttingServer("a");
        await using var b = await LoopbackServer.StartAsync("b");
        var client = Client(_policy, a.Endpoint, b.Endpoint);
        using var request = new HttpRequestMessage(new HttpMethod(method), "http://orders/");

        if (again)
        {
            using var response = await client.SendAsync(request);
            Assert.Equal(HttpStatusCode.OK, response.StatusCode);
            Assert.Equal([CallResult.Failure, CallResult.Success], _policy.Results);
        }
        else
        {
            await Assert.ThrowsAsync<HttpRequestException>(() => client.SendAsync(request));
            Assert.Equal([CallResult.Failure], _policy.Results);
        }
        Assert.Equal(1, a.Requests);
    }

    [Fact]
    public async Task Lease_EndsWithTheBodyNotWithTheHeaders()
    {
        var goOn = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var a = await LoopbackServer.StartAsync("a", async c =>
        {
            await c.Response.WriteAsync("first ");
            await c.Response.Body.FlushAsync();
            await goOn.Task;
            await c.Response.WriteAsync("second");
        });
        var client = Client(_policy, a.Endpoint);

        using var response = await client.GetAsync("http://orders/", HttpCompletionOption.ResponseHeadersRead);
        Assert.Empty(_policy.Ended);
        goOn.SetResult();

        Assert.Equal("first second", await response.Content.ReadAsStringAsync());
        Assert.Equal([CallResult.Success], _policy.Results);
        Assert.True(_policy.Ended.First().Outcome.Latency > TimeSpan.Zero);
    }

    [Theory]
    [InlineData(200, CallResult.Success)]
    [InlineData(204, CallResult.Success)]
    [InlineData(404, CallResult.Success)]
    [InlineData(500, CallResult.Failure)]
    [InlineData(501, CallResult.Success)]
    [InlineData(503, CallResult.Failure)]
    public async Task Status_DecidesTheOutcome(int status, CallResult expected)
    {
        await using var a = await LoopbackServer.StartAsync("a", c =>
        {
            c.Response.StatusCode = status;
            return Task.CompletedTask;
        });
        var client = Client(
            o =>
            {
                o.Policy = _policy;
                o.Retry = null;
            },
            a.Endpoint);

        using var response = await client.GetAsync("http://orders/");

        Assert.Equal(status, (int)response.StatusCode);
        Assert.Equal([expected], _policy.Results);
    }

    [Fact]
    public async Task BodyBreaksOff_IsAFailure()
    {
        await using var a = await LoopbackServer.StartAsync("a", async c =>
        {
            c.Response.ContentLength = 100;
            await c.Response.WriteAsync("ten bytes.");
            await c.Response.Body.FlushAsync();
            c.Abort();
        });
        // The break may be seen before the headers.
        var client = Client(
            o =>
            {
                o.Policy = _policy;
                o.Retry = null;
            },
            a.Endpoint);

        await Assert.ThrowsAnyAsync<HttpRequestException>(() => client.GetStringAsync("http://orders/"));

        Assert.Equal([CallResult.Failure], _policy.Results);
    }

    [Fact]
    public async Task BodyNotRead_LeaseEndsWithTheResponse()
    {
        await using var a = await LoopbackServer.StartAsync("a");
        var client = Client(_policy, a.Endpoint);

        var response = await client.GetAsync("http://orders/", HttpCompletionOption.ResponseHeadersRead);
        response.Dispose();

        Assert.Equal([CallResult.Cancelled], _policy.Results);
        Assert.True(Assert.Single(_policy.Ended).Outcome.IsAnswered);
    }

    [Fact]
    public async Task BodyThatHangs_WhoWaitedForAllOfItHadNoAnswer()
    {
        var begun = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var a = await LoopbackServer.StartAsync("a", async c =>
        {
            await c.Response.WriteAsync("begun");
            await c.Response.Body.FlushAsync();
            begun.TrySetResult();
            await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, c.RequestAborted).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        });
        var client = Client(_policy, a.Endpoint);
        using var response = await client.GetAsync("http://orders/", HttpCompletionOption.ResponseHeadersRead).WithinAsync();
        using var patience = new CancellationTokenSource();
        await begun.Task.WithinAsync();

        var body = response.Content.ReadAsStringAsync(patience.Token);
        await patience.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => body.WithinAsync());
        Assert.Equal((CallResult.Cancelled, false), (Assert.Single(_policy.Ended).Outcome.Result, _policy.Ended.Single().Outcome.IsAnswered));
    }

    [Theory]
    [InlineData(10, CallResult.Success)]
    [InlineData(9, CallResult.Cancelled)]
    public async Task BodyReadToItsLengthAndNoFurther_WasReadToItsEnd(int read, CallResult expected)
    {
        await using var a = await LoopbackServer.StartAsync("a", c =>
        {
            c.Response.ContentLength = 10;
            return c.Response.WriteAsync("ten bytes.");
        });
        var client = Client(_policy, a.Endpoint);

        using (var response = await client.GetAsync("http://orders/", HttpCompletionOption.ResponseHeadersRead))
        {
            await (await response.Content.ReadAsStreamAsync()).ReadExactlyAsync(new byte[read]).AsTask().WithinAsync();
        }

        Assert.Equal([expected], _policy.Results);
    }

    [Fact]
    public async Task BodyAndHeaders_AreThoseOfTheServer()
    {
        var sent = new byte[200_000];
        new Random(1).NextBytes(sent);
        await using var a = await LoopbackServer.StartAsync("a", async c =>
        {
            c.Response.ContentType = "application/x-test; v=1";
            c.Response.ContentLength = sent.Length;
            await c.Response.Body.WriteAsync(sent);
        });
        var client = Client(_policy, a.Endpoint);

        using var response = await client.GetAsync("http://orders/", HttpCompletionOption.ResponseHeadersRead);
        Assert.Equal(sent.Length, response.Content.Headers.ContentLength);
        Assert.Equal("application/x-test; v=1", response.Content.Headers.ContentType?.ToString());
        using var copy = new MemoryStream();
        await (await response.Content.ReadAsStreamAsync()).CopyToAsync(copy);

        Assert.Equal(sent, copy.ToArray());
        Assert.Equal([CallResult.Success], _policy.Results);
    }

    [Fact]
    public async Task CallerCancels_IsNotSentAgainAndSaysNothingOfTheInstance()
    {
        var reached = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var a = await LoopbackServer.StartAsync("a", async c =>
        {
            reached.SetResult();
            await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, c.RequestAborted);
        });
        await using var b = await LoopbackServer.StartAsync("b");
        var client = Client(_policy, a.Endpoint, b.Endpoint);
        using var cancel = new CancellationTokenSource();
        var call = client.GetAsync("http://orders/", cancel.Token);
        await reached.Task.WithinAsync();

        await cancel.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => call.WithinAsync());
        Assert.Equal([CallResult.Cancelled], _policy.Results);
        Assert.False(Assert.Single(_policy.Ended).Outcome.IsAnswered);
    }

    [Fact]
    public async Task InstanceKilledUnderLoad_NoCallFails()
    {
        var a = await LoopbackServer.StartAsync("a");
        await using var b = await LoopbackServer.StartAsync("b");
        await using var c = await LoopbackServer.StartAsync("c");
        var client = Client(BalancingPolicies.Find("round_robin"), a.Endpoint, b.Endpoint, c.Endpoint);
        using var stop = new CancellationTokenSource();
        var calls = new ConcurrentDictionary<string, int>();
        Task[] callers =
        [
            .. Enumerable.Range(0, 8).Select(_ => Task.Run(async () =>
            {
                while (!stop.IsCancellationRequested) { calls.AddOrUpdate(await client.GetStringAsync("http://orders/"), 1, (_, n) => n + 1); } })),
        ];
        await Eventually.TrueAsync(() => calls.Count == 3);

        await a.DisposeAsync();

        var after = calls.Values.Sum();
        await Eventually.TrueAsync(() => calls.Values.Sum() > after + 500);
        await stop.CancelAsync();
        await Task.WhenAll(callers).WithinAsync();
    }

    [Fact]
    public async Task Disposed_WatchesEnd()
    {
        var client = Client(_policy);
        await Assert.ThrowsAsync<HttpRequestException>(() => client.GetStringAsync("http://orders/"));
        Assert.Equal(1, _source.Open);

        client.Dispose();

        await Eventually.TrueAsync(() => _source.Open == 0);
    }

    private sealed class UnknownHosts : HttpMessageHandler
    {
        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken) =>
            throw new HttpRequestException(HttpRequestError.NameResolutionError, "Name or service not known");
    }
}
