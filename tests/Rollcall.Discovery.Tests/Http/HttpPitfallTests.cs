using System.Net;
using System.Text;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Rollcall.Discovery.Balancing;
using Rollcall.TestKit;

namespace Rollcall.Discovery.Tests.Http;

/// <summary>Requests and responses that are not like the others.</summary>
public sealed class HttpPitfallTests
{
    [Theory]
    [InlineData("HEAD", 200)]
    [InlineData("GET", 204)]
    [InlineData("GET", 304)]
    public async Task ResponseWithoutABody_EndsTheAttemptAtOnce(string method, int status)
    {
        await using var a = await LoopbackServer.StartAsync("a", c =>
        {
            c.Response.StatusCode = status;
            if (status == 200)
            {
                c.Response.ContentLength = 1000;
            }

            return Task.CompletedTask;
        });
        await using var caller = new TestCaller(null, a.Endpoint);
        using var request = new HttpRequestMessage(new HttpMethod(method), "http://orders/");

        using var response = await caller.Client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead).WithinAsync();

        Assert.Equal([CallResult.Success], caller.Policy.Results);
        Assert.Equal(status == 200 ? 1000 : response.Content.Headers.ContentLength, response.Content.Headers.ContentLength);
    }

    [Fact]
    public async Task ExpectContinue_BodyIsSentOnlyWhenAskedFor()
    {
        await using var a = await LoopbackServer.StartAsync("a", async c =>
        {
            if (c.Request.Path == "/refuse")
            {
                c.Response.StatusCode = 413;
                return;
            }

            await c.Response.WriteAsync(await new StreamReader(c.Request.Body).ReadToEndAsync());
        });
        await using var caller = new TestCaller(null, a.Endpoint);
        caller.Client.DefaultRequestHeaders.ExpectContinue = true;
        using var refused = new StreamContent(new MemoryStream(new byte[5_000_000]));
        using var taken = new StringContent("body");

        using var no = await caller.Client.PostAsync("http://orders/refuse", refused).WithinAsync();
        using var yes = await caller.Client.PostAsync("http://orders/", taken).WithinAsync();

        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, no.StatusCode);
        Assert.Equal("body", await yes.Content.ReadAsStringAsync());
    }

    [Fact]
    public async Task ServerAnswersWhileTheBodyIsStillBeingSent_CallerGetsTheAnswerAndTheNextRequestWorks()
    {
        await using var a = await LoopbackServer.StartAsync(
            "a",
            c =>
            {
                c.Response.StatusCode = c.Request.Path == "/early" ? 403 : 200;
                return c.Response.WriteAsync("early");
            },
            HttpProtocols.Http2);
        await using var caller = new TestCaller(null, a.Endpoint);
        caller.Client.DefaultRequestVersion = HttpVersion.Version20;
        caller.Client.DefaultVersionPolicy = HttpVersionPolicy.RequestVersionExact;
        using var content = new ByteArrayContent(new byte[20_000_000]);

        using var response = await caller.Client.PostAsync("http://orders/early", content).WithinAsync();
        Assert.Equal(HttpStatusCode.Forbidden, response.StatusCode);
        Assert.Equal("early", await response.Content.ReadAsStringAsync());

        Assert.Equal("early", await caller.Client.GetStringAsync("http://orders/").WithinAsync());
        Assert.Equal([CallResult.Success, CallResult.Success], caller.Policy.Results);
    }

    [Theory]
    [InlineData(HttpProtocols.Http1, "header")]
    [InlineData(HttpProtocols.Http2, "header")]
    [InlineData(HttpProtocols.Http1, "content header")]
    [InlineData(HttpProtocols.Http1, "length")]
    public async Task RequestThatCantBeWritten_IsTriedOnceAndNoInstanceIsToBlame(HttpProtocols protocols, string fault)
    {
        await using var a = await LoopbackServer.StartAsync("a", protocols);
        await using var b = await LoopbackServer.StartAsync("b", protocols);
        await using var caller = new TestCaller(null, a.Endpoint, b.Endpoint);
        using var request = new HttpRequestMessage(HttpMethod.Get, "http://orders/")
        {
            Version = protocols == HttpProtocols.Http2 ? HttpVersion.Version20 : HttpVersion.Version11,
            VersionPolicy = HttpVersionPolicy.RequestVersionExact,
            Content = new StringContent("body"),
        };
        switch (fault)
        {
            case "header":
                request.Headers.TryAddWithoutValidation("x-user", "Jürgen");
                break;
            case "content header":
                request.Content.Headers.TryAddWithoutValidation("x-user", "Jürgen");
                break;
            default:
                request.Content.Headers.ContentLength = 5;
                break;
        }

        await Assert.ThrowsAsync<HttpRequestException>(() => caller.Client.SendAsync(request).WithinAsync());

        Assert.Equal([CallResult.Cancelled], caller.Policy.Results);
    }

    [Fact]
    public async Task HandlerThatEncodesHeaders_TakesThemInAnyAlphabet()
    {
        await using var a = await LoopbackServer.StartAsync("a");
        await using var caller = new TestCaller(
            o => o.ConfigureHandler = static handler => handler.RequestHeaderEncodingSelector = static (_, _) => Encoding.UTF8, a.Endpoint);
        caller.Client.DefaultRequestHeaders.TryAddWithoutValidation("x-user", "Jürgen");

        Assert.Equal("a", await caller.Client.GetStringAsync("http://orders/").WithinAsync());
    }

    [Fact]
    public async Task OuterHandlerSendsTheSameRequestAgain_ItGoesByNameAgain()
    {
        var calls = 0;
        await using var a = await LoopbackServer.StartAsync("a", c =>
        {
            c.Response.StatusCode = Interlocked.Increment(ref calls) < 3 ? 500 : 200;
            return c.Response.WriteAsync(c.Request.Host.Value!);
        });
        await using var caller = new TestCaller(null, a.Endpoint);
        using var client = new HttpClient(new AgainHandler { InnerHandler = caller.Handler }, disposeHandler: false);

        Assert.Equal("orders", await client.GetStringAsync("http://orders/").WithinAsync());

        Assert.Equal(3, caller.Policy.Ended.Count);
    }

    [Fact]
    public async Task PickThatIsCancelled_EndsTheRequestAndLeavesNothingBehind()
    {
        await using var caller = new TestCaller(o => o.WaitForReady = true);
        using var cancel = new CancellationTokenSource();
        var call = caller.Client.GetAsync("http://orders/", cancel.Token);
        await Eventually.TrueAsync(() => caller.Source.Open == 1);

        await cancel.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => call.WithinAsync());
        Assert.Empty(caller.Policy.Ended);
    }

    [Fact]
    public async Task GrpcOverHttpClient_TrailersArriveAndDecideTheOutcome()
    {
        await using var a = await LoopbackServer.StartAsync(
            "a",
            async c =>
            {
                c.Response.ContentType = "application/grpc";
                await c.Response.Body.WriteAsync(new byte[] { 0, 0, 0, 0, 1, 42 });
                c.Response.AppendTrailer("grpc-status", c.Request.Path == "/x/Fail" ? "14" : "0");
            },
            HttpProtocols.Http2);
        await using var caller = new TestCaller(null, a.Endpoint);

        foreach (var (path, status) in new[] { ("/x/Ok", "0"), ("/x/Fail", "14") })
        {
            using var request = new HttpRequestMessage(HttpMethod.Post, "http://orders" + path)
            {
                Version = HttpVersion.Version20,
                VersionPolicy = HttpVersionPolicy.RequestVersionExact,
                Content = new ByteArrayContent([0, 0, 0, 0, 0]),
            };
            using var response = await caller.Client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead).WithinAsync();
            Assert.Equal([0, 0, 0, 0, 1, 42], await response.Content.ReadAsByteArrayAsync());
            Assert.Equal(status, Assert.Single(response.TrailingHeaders.GetValues("grpc-status")));
        }

        Assert.Equal([CallResult.Success, CallResult.Failure], caller.Policy.Results);
    }

    /// <summary>Sends a request up to three times, as a resilience library around the handler does.</summary>
    private sealed class AgainHandler : DelegatingHandler
    {
        protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            for (var attempt = 1; ; attempt++)
            {
                var response = await base.SendAsync(request, cancellationToken);
                if (response.IsSuccessStatusCode || attempt == 3)
                {
                    return response;
                }

                response.Dispose();
            }
        }
    }
}
