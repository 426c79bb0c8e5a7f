using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Rollcall.Discovery.Balancing;
using Rollcall.Discovery.Configuration;
using Rollcall.Discovery.Http;
using Rollcall.Discovery.Resilience;
using Rollcall.TestKit;

namespace Rollcall.Discovery.Tests.Http;

/// <summary>Redirects are followed as .NET's own handler follows them, but by name.</summary>
public sealed class RedirectTests
{
    private readonly ConcurrentQueue<string> _seen = new();

    /// <summary>Answers <c>/from/STATUS?to=LOCATION</c> with that redirect, and everything else with 200.</summary>
    private Task<LoopbackServer> StartAsync(string id = "a") => LoopbackServer.StartAsync(id, async c =>
    {
        using var reader = new StreamReader(c.Request.Body);
        var (request, body) = (c.Request, await reader.ReadToEndAsync());
        _seen.Enqueue(
            $"{id}: {request.Method} {request.Path} '{body}' chunked={request.Headers.TransferEncoding} type={request.ContentType} auth={request.Headers.Authorization} "
            + $"x={request.Headers["x-own"]}");
        if (request.Path.StartsWithSegments("/from", out var status))
        {
            c.Response.StatusCode = int.Parse(status.Value![1..], CultureInfo.InvariantCulture);
            if (request.Query.TryGetValue("to", out var to))
            {
                c.Response.Headers.Location = to;
            }
        }

        if (request.Path.StartsWithSegments("/loop", out var turn))
        {
            c.Response.StatusCode = 302;
            c.Response.Headers.Location = $"/loop/{int.Parse(turn.Value![1..], CultureInfo.InvariantCulture) + 1}";
        }

        if (c.Response.StatusCode == 304)
        {
            return;
        }

        await c.Response.WriteAsync($"{id} {request.Scheme}://{request.Host}{request.Path}{request.QueryString}");
    });

    private string[] TakeSeen()
    {
        var seen = _seen.ToArray();
        _seen.Clear();
        return seen;
    }

    [Theory]
    [InlineData(300)]
    [InlineData(301)]
    [InlineData(302)]
    [InlineData(303)]
    [InlineData(304)]
    [InlineData(305)]
    [InlineData(306)]
    [InlineData(307)]
    [InlineData(308)]
    public async Task EveryStatusAndMethod_IsFollowedAsByDotNetsHandler(int status)
    {
        await using var a = await StartAsync();
        await using var caller = new TestCaller(static _ => { }, a.Endpoint);
        using var plain = new HttpClient(new SocketsHttpHandler { UseProxy = false });
        var address = $"http://127.0.0.1:{a.Endpoint.Port}";

        foreach (var method in new[] { "GET", "HEAD", "POST", "PUT", "DELETE" })
        {
            foreach (var path in new[] { $"/from/{status}?to=/there%3Fq=1", $"/from/{status}?to=there", $"/from/{status}" })
            {
                var expected = await SendAsync(plain, address);
                Assert.Equal(expected, await SendAsync(caller.Client, "http://orders"));

                async Task<string> SendAsync(HttpClient client, string target)
                {
                    using var request = new HttpRequestMessage(new HttpMethod(method), $"{target}{path}#part");
                    request.Headers.Add("x-own", "1");
                    request.Headers.Authorization = new("Bearer", "secret");
                    if (method is "POST" or "PUT")
                    {
                        request.Content = new StringContent("body");
                        request.Headers.TransferEncodingChunked = true;
                    }

                    using var response = await client.SendAsync(request).WithinAsync();
                    var final = response.RequestMessage!.RequestUri!;
                    var body = (await response.Content.ReadAsStringAsync()).Replace($"127.0.0.1:{a.Endpoint.Port}", "orders", StringComparison.Ordinal);
                    return $"{(int)response.StatusCode} {request.Method} {final.PathAndQuery}{final.Fragment} {body}\n{string.Join('\n', TakeSeen())}";
                }
            }
        }
    }

    [Theory]
    [InlineData("/there")]
    [InlineData("http://orders/there")]
    public async Task RedirectToTheName_GoesToAnyInstance_AndNeitherCountsAsAFailure(string location)
    {
        await using var a = await StartAsync("a");
        await using var b = await StartAsync("b");
        await using var caller = new TestCaller(o => o.Policy = BalancingPolicies.Find("round_robin"), a.Endpoint, b.Endpoint);

        using var response = await caller.Client.GetAsync($"http://orders/from/301?to={location}").WithinAsync();

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        var ids = TakeSeen().Select(s => s[..1]).ToArray();
        Assert.Equal(2, ids.Distinct().Count());
        Assert.Equal(ids[1], response.GetEndpoint()!.Id);
        Assert.EndsWith("http://orders/there", await response.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        Assert.Equal("http://orders/there", response.RequestMessage!.RequestUri!.AbsoluteUri);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task RedirectedAttempt_EndsAsASuccess(bool hedged)
    {
        await using var a = await StartAsync();
        var attempts = new ConcurrentQueue<HttpAttempt>();
        await using var caller = new TestCaller(
            o =>
            {
                o.OnAttempt = attempts.Enqueue;
                o.Hedging = hedged ? new HedgingSettings(2, TimeSpan.FromMinutes(1), default) : null;
            },
            a.Endpoint);

        Assert.Equal("a http://orders/there", await caller.Client.GetStringAsync("http://orders/from/302?to=/there").WithinAsync());

        Assert.Equal([CallResult.Success, CallResult.Success], caller.Policy.Results);
        Assert.Equal([HttpStatusCode.Found, HttpStatusCode.OK], attempts.Select(t => t.StatusCode!.Value));
        Assert.All(attempts, t => Assert.Equal((1, null), (t.Number, t.Fate)));
    }

    [Fact]
    public async Task RedirectToAnotherServiceOrAnAddress_IsLookedUpAsTheCallersOwnWouldBe()
    {
        await using var a = await StartAsync("a");
        await using var b = await StartAsync("b");
        await using var caller = new TestCaller(static o => o.Services["other"] = ServiceTarget.Parse("orders"), a.Endpoint);
        var address = $"127.0.0.1:{b.Endpoint.Port}";

        Assert.Equal($"b http://{address}/there", await caller.Client.GetStringAsync($"http://orders/from/307?to=http://{address}/there").WithinAsync());
        Assert.Equal("a http://orders/there", await caller.Client.GetStringAsync($"http://{address}/from/307?to=http://orders/there").WithinAsync());
        Assert.Equal("a http://other/there", await caller.Client.GetStringAsync("http://orders/from/307?to=http://other/there").WithinAsync());
    }

    [Fact]
    public async Task ResponseOfAnAddress_NamesNoInstance_AfterARedirectWithoutABodyFromOne()
    {
        await using var a = await StartAsync("a");
        await using var b = await StartAsync("b");
        await using var caller = new TestCaller(static _ => { }, a.Endpoint);
        using var request = new HttpRequestMessage(HttpMethod.Head, $"http://orders/from/307?to=http://127.0.0.1:{b.Endpoint.Port}/there");

        using var response = await caller.Client.SendAsync(request).WithinAsync();

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Equal(["a", "b"], TakeSeen().Select(s => s[..1]));
        Assert.Null(response.GetEndpoint());
    }

    [Fact]
    public async Task BodyThatCantBeSentAgain_FailsTheRequest_AndBlamesNoInstance()
    {
        await using var a = await StartAsync();
        await using var caller = new TestCaller(static _ => { }, a.Endpoint);
        var pipe = new System.IO.Pipelines.Pipe();
        await pipe.Writer.WriteAsync("body"u8.ToArray());
        await pipe.Writer.CompleteAsync();

        var error = await Assert.ThrowsAnyAsync<Exception>(
            () => caller.Client.PostAsync("http://orders/from/307?to=/there", new StreamContent(pipe.Reader.AsStream())).WithinAsync());

        Assert.Contains("already consumed", error.ToString(), StringComparison.Ordinal);
        Assert.Equal([CallResult.Success, CallResult.Cancelled], caller.Policy.Results);
    }

    [Fact]
    public async Task CallersHostHeader_StaysWithTheServerItWasFor()
    {
        await using var a = await StartAsync();
        await using var caller = new TestCaller(static o => o.Services["other"] = ServiceTarget.Parse("orders"), a.Endpoint);

        Assert.Equal("a http://tenant.example/there", await GetAsync("/there"));
        Assert.Equal("a http://other/there", await GetAsync("http://other/there"));

        async Task<string> GetAsync(string location)
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, $"http://orders/from/302?to={location}") { Headers = { Host = "tenant.example" } };
            using var response = await caller.Client.SendAsync(request).WithinAsync();
            return await response.Content.ReadAsStringAsync();
        }
    }

    [Theory]
    [InlineData(null, 50)]
    [InlineData(3, 3)]
    public async Task TheRedirectAfterTheLastOne_IsTheCallers(int? most, int followed)
    {
        await using var a = await StartAsync();
        await using var caller = new TestCaller(o => o.MaxAutomaticRedirections = most ?? o.MaxAutomaticRedirections, a.Endpoint);

        using var response = await caller.Client.GetAsync("http://orders/loop/0").WithinAsync();

        Assert.Equal(HttpStatusCode.Found, response.StatusCode);
        Assert.Equal($"/loop/{followed + 1}", response.Headers.Location!.OriginalString);
        Assert.Equal(followed + 1, TakeSeen().Length);
    }

    [Fact]
    public async Task NotAllowed_TheRedirectIsTheCallers()
    {
        await using var a = await StartAsync();
        await using var caller = new TestCaller(o => o.AllowAutoRedirect = false, a.Endpoint);

        using var response = await caller.Client.GetAsync("http://orders/from/302?to=/there").WithinAsync();
        using var fromAddress = await caller.Client.GetAsync($"http://127.0.0.1:{a.Endpoint.Port}/from/302?to=/there").WithinAsync();

        Assert.Equal(HttpStatusCode.Found, response.StatusCode);
        Assert.Equal(HttpStatusCode.Found, fromAddress.StatusCode);
        Assert.Equal(2, TakeSeen().Length);
    }

    [Theory]
    [InlineData("ftp://orders/there")]
    [InlineData("https://orders/there")]
    [InlineData("https://orders:7001/there")]
    [InlineData("http://orders:8080/there")]
    [InlineData("https%2Bhttp:there")]
    [InlineData("file:///there")]
    [InlineData("http://[")]
    public async Task RedirectToWhatCantBeAsked_IsTheCallers(string location)
    {
        await using var a = await StartAsync();
        await using var caller = new TestCaller(static _ => { }, a.Endpoint);

        using var response = await caller.Client.GetAsync($"http://orders/from/302?to={location}").WithinAsync();

        Assert.Equal(HttpStatusCode.Found, response.StatusCode);
        Assert.Single(TakeSeen());
    }

    [Theory]
    [InlineData("https://orders", "http://orders/there", false)]
    [InlineData("https+http://orders", "http://orders/there", false)]
    [InlineData("https://orders", "https://orders/there", true)]
    [InlineData("https+http://orders", "https://orders/there", true)]
    [InlineData("https://orders", "wss://orders/there", true)]
    [InlineData("https://orders", "https+http://orders/there", false)]
    [InlineData("https+http://orders", "/there", true)]
    [InlineData("https+http://orders", "there", true)]
    public async Task NeverFromHttpsToHttp(string address, string location, bool followed)
    {
        using var certificates = new TestCertificates();
        await using var a = await LoopbackServer.StartAsync(
            "a",
            c =>
            {
                if (c.Request.Path == "/")
                {
                    c.Response.Redirect(location);
                }

                return c.Response.WriteAsync(c.Request.Scheme + c.Request.Path);
            },
            HttpProtocols.Http1,
            certificates.Issue("orders"));
        await using var caller = new TestCaller(o => o.ConfigureHandler = TestCaller.Trust(certificates), a.Endpoint);

        using var response = await caller.Client.GetAsync($"{address}/").WithinAsync();

        Assert.Equal(followed ? HttpStatusCode.OK : HttpStatusCode.Found, response.StatusCode);
        Assert.Equal(followed ? "https/there" : "https/", await response.Content.ReadAsStringAsync());
    }

    [Fact]
    public async Task SameServiceByItsOwnScheme_StaysWithTheListOfSchemes()
    {
        await using var a = await StartAsync("a");
        await using var caller = new TestCaller(static _ => { }, a.Endpoint);

        using var response = await caller.Client.GetAsync("https+http://orders/from/302?to=http://orders/there").WithinAsync();

        Assert.Equal("a http://orders/there", await response.Content.ReadAsStringAsync());
        Assert.Equal("https+http://orders/there", response.RequestMessage!.RequestUri!.AbsoluteUri);
    }

    [Theory]
    [InlineData(true, HttpStatusCode.OK)]
    [InlineData(false, HttpStatusCode.Found)]
    public async Task CredentialsOfTheHandler_GoToNoServerThatARedirectNames(bool cached, HttpStatusCode expected)
    {
        await using var a = await StartAsync();
        ICredentials credentials = cached ? new CredentialCache() : new NetworkCredential("user", "secret");
        await using var caller = new TestCaller(o => o.ConfigureHandler = h => h.Credentials = credentials, a.Endpoint);

        using var response = await caller.Client.GetAsync("http://orders/from/302?to=/there").WithinAsync();

        Assert.Equal(expected, response.StatusCode);
    }

    [Fact]
    public async Task SwitchOfTheInstancesHandler_ChangesNothing()
    {
        await using var a = await StartAsync("a");
        await using var b = await StartAsync("b");
        await using var caller = new TestCaller(static o => o.ConfigureHandler = static h => h.AllowAutoRedirect = true, a.Endpoint);
        var address = $"127.0.0.1:{b.Endpoint.Port}";

        Assert.Equal($"b http://{address}/there", await caller.Client.GetStringAsync($"http://orders/from/302?to=http://{address}/there").WithinAsync());
    }

    [Fact]
    public async Task EveryHopHasASpanOfItsOwn()
    {
        using var spans = new TelemetryCollector("System.Net.Http");
        var parents = new ConcurrentQueue<string>();
        await using var a = await LoopbackServer.StartAsync("a", c =>
        {
            parents.Enqueue(c.Request.Headers.TraceParent.ToString());
            if (c.Request.Path == "/")
            {
                c.Response.Redirect("/there");
            }

            return Task.CompletedTask;
        });
        await using var caller = new TestCaller(static _ => { }, a.Endpoint);

        using var response = await caller.Client.GetAsync("http://orders/").WithinAsync();

        Assert.Equal(2, parents.Distinct().Count());
        Assert.All(parents, Assert.NotEmpty);
    }

    [Theory]
    [InlineData(true, "")]
    [InlineData(true, "/there")]
    [InlineData(false, "/there")]
    public async Task TimeoutIsThatOfAllRedirects(bool toAService, string limited)
    {
        var time = new FakeTimeProvider();
        var reached = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var a = await LoopbackServer.StartAsync("a", async c =>
        {
            if (c.Request.Path == "/")
            {
                time.Advance(TimeSpan.FromSeconds(6));
                c.Response.Redirect($"http://127.0.0.1:{c.Connection.LocalPort}/way");
                return;
            }

            if (c.Request.Path == "/way")
            {
                c.Response.Redirect("http://orders/there");
                return;
            }

            reached.TrySetResult();
            await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, c.RequestAborted).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        });
        var config = $$"""{"methodConfig":[{"name":[{"service":"{{limited}}"}],"timeout":"10s"}]}""";
        await using var caller = new TestCaller(time, o => o.ServiceConfig = ServiceCallConfig.Parse(config), a.Endpoint);

        var call = caller.Client.GetAsync(toAService ? "http://orders/" : $"http://127.0.0.1:{a.Endpoint.Port}/");
        await reached.Task.WithinAsync();
        time.Advance(TimeSpan.FromSeconds(5));

        var error = await Assert.ThrowsAsync<TaskCanceledException>(() => call.WithinAsync());
        Assert.Contains("within 00:00:10", error.Message, StringComparison.Ordinal);
    }
}
