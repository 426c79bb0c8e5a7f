using System.Net;
using System.Text;
using Grpc.Core;
using Microsoft.AspNetCore.Http;
using Rollcall.Grpc.Client.Credentials;
using Rollcall.Grpc.Client.Tests.Credentials;
using Rollcall.TestKit;

namespace Rollcall.Grpc.Client.Tests.Internal;

/// <summary>What an authorization server answers, or does not.</summary>
public sealed class OAuth2TokenClientTests : OAuth2Tests
{
    [Fact]
    public async Task Refusal_IsUnauthenticatedWithItsReasonAndWithoutTheSecret()
    {
        await using var server = await LoopbackPeer.StartAsync(
            401, $$"""{"error":"invalid_client","error_description":"'{{Secret}}' is\nnot the secret of my client"}""");
        await using var peer = await TextPeer.StartAsync(TellAuthorization);
        using var credentials = Credentials(server);
        using var channel = Channel(peer, credentials);

        var error = await FailAsync(channel);

        Assert.Equal(StatusCode.Unauthenticated, error.StatusCode);
        Assert.Contains("HTTP status 401, invalid_client: '…' is not the secret of my client", error.Status.Detail, StringComparison.Ordinal);
        Assert.DoesNotContain("s3cret", error.ToString(), StringComparison.Ordinal);
        Assert.Equal(0, peer.Requests);
    }

    [Fact]
    public async Task RefusalThatRepeatsTheSecretAsItWasSent_DoesNotShowIt()
    {
        await using var server = await LoopbackPeer.StartAsync(context =>
        {
            var header = context.Request.Headers.Authorization.ToString();
            var pair = Encoding.ASCII.GetString(Convert.FromBase64String(header["Basic ".Length..]));
            context.Response.StatusCode = 401;
            return context.Response.WriteAsync($$"""{"error":"invalid_client","error_description":"{{header}} is {{pair}}"}""");
        });
        await using var peer = await TextPeer.StartAsync(TellAuthorization);
        using var credentials = Credentials(server);
        using var channel = Channel(peer, credentials);

        var error = await FailAsync(channel);

        Assert.Contains("invalid_client: Basic … is my+client:….", error.Status.Detail, StringComparison.Ordinal);
    }

    [Fact]
    public async Task EndpointOnThisMachine_IsNotAskedThroughAProxy()
    {
        await using var proxy = await LoopbackPeer.StartAsync(IssueAsync);
        await using var server = await LoopbackPeer.StartAsync(IssueAsync);
        await using var peer = await TextPeer.StartAsync(TellAuthorization);
        var before = HttpClient.DefaultProxy;
        HttpClient.DefaultProxy = new ProxyFor(server.Address, proxy.Address, before);
        try
        {
            using var credentials = Credentials(server);
            using var channel = Channel(peer, credentials);
            await CallAsync(channel);
        }
        finally
        {
            HttpClient.DefaultProxy = before;
        }

        Assert.Empty(proxy.Requests);
        Assert.Single(server.Requests);
    }

    [Fact]
    public async Task HandlerThatGivesUpConnecting_IsNamedAsThat()
    {
        using var handler = new SocketsHttpHandler
        {
            ConnectTimeout = TimeSpan.FromMilliseconds(1),
            ConnectCallback = static async (_, cancellationToken) =>
            {
                await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, cancellationToken);
                return Stream.Null;
            },
        };
        await using var peer = await TextPeer.StartAsync(TellAuthorization);
        var options = Options(new Uri("http://localhost:1/token"));
        options.HttpHandler = handler;
        using var credentials = new OAuth2ClientCredentials(options);
        using var channel = Channel(peer, credentials);

        var error = await FailAsync(channel);

        Assert.Equal(StatusCode.Unavailable, error.StatusCode);
        Assert.Contains("no answer within the connect timeout", error.Status.Detail, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(200, "no", StatusCode.Unauthenticated, "not a JSON object")]
    [InlineData(200, "[]", StatusCode.Unauthenticated, "not a JSON object")]
    [InlineData(200, """{"token_type":"Bearer"}""", StatusCode.Unauthenticated, "no usable access_token")]
    [InlineData(200, """{"access_token":5,"token_type":"Bearer"}""", StatusCode.Unauthenticated, "no usable access_token")]
    [InlineData(200, """{"access_token":"hidden\r\nx: y","token_type":"Bearer"}""", StatusCode.Unauthenticated, "no usable access_token")]
    [InlineData(200, """{"access_token":"hidden","token_type":"mac"}""", StatusCode.Unauthenticated, "'mac'")]
    [InlineData(200, """{"access_token":"hidden","token_type":"Bearer","expires_in":0}""", StatusCode.Unauthenticated, "ended at")]
    [InlineData(200, """{"access_token":"\ud800","token_type":"Bearer"}""", StatusCode.Unauthenticated, "no usable access_token")]
    [InlineData(302, "", StatusCode.Unauthenticated, "HTTP status 302")]
    [InlineData(401, """{"error":"invalid_client","error_description":"\ud800"}""", StatusCode.Unauthenticated, "HTTP status 401, invalid_client.")]
    [InlineData(400, """{"error":"invalid_scope"}""", StatusCode.Unauthenticated, "HTTP status 400, invalid_scope.")]
    [InlineData(429, "slow down", StatusCode.Unavailable, "HTTP status 429.")]
    [InlineData(500, """{"error":["?"]}""", StatusCode.Unavailable, "HTTP status 500.")]
    public async Task AnswerWithoutAToken_SaysWhatIsWrong(int status, string body, StatusCode expected, string detail)
    {
        await using var server = await LoopbackPeer.StartAsync(status, body);
        await using var peer = await TextPeer.StartAsync(TellAuthorization);
        using var credentials = Credentials(server);
        using var channel = Channel(peer, credentials);

        var error = await FailAsync(channel);

        Assert.Equal(expected, error.StatusCode);
        Assert.Contains(detail, error.Status.Detail, StringComparison.Ordinal);
        Assert.DoesNotContain("hidden", error.ToString(), StringComparison.Ordinal);
        Assert.DoesNotContain(Logs.Entries, e => e.Message.Contains("hidden", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("""{"access_token":"a.b-c_d~e+f/g==","token_type":"bearer","expires_in":"3600"}""")]
    [InlineData("""{"access_token":"a.b-c_d~e+f/g=="}""")]
    [InlineData("""{"access_token":"a.b-c_d~e+f/g==","expires_in":"\ud800"}""")]
    public async Task UnusualAnswers_AreRead(string body)
    {
        await using var server = await LoopbackPeer.StartAsync(200, body);
        await using var peer = await TextPeer.StartAsync(TellAuthorization);
        using var credentials = Credentials(server);
        using var channel = Channel(peer, credentials);

        Assert.Equal("Bearer a.b-c_d~e+f/g==", await CallAsync(channel));
    }

    [Fact]
    public async Task ServerThatIsNotThere_IsUnavailable()
    {
        await using var peer = await TextPeer.StartAsync(TellAuthorization);
        using var credentials = new OAuth2ClientCredentials(Options(new Uri($"http://{Channels.Nobody().Authority}/token")));
        using var channel = Channel(peer, credentials);

        var error = await FailAsync(channel);

        Assert.Equal(StatusCode.Unavailable, error.StatusCode);
        Assert.Contains("refused", error.Status.Detail, StringComparison.OrdinalIgnoreCase);
    }

    [Fact]
    public async Task ServerThatHangs_HoldsACallUntilItsDeadlineAndTheRequestUntilTheTimeout()
    {
        await using var server = await LoopbackPeer.StartAsync(TextPeer.Hang);
        await using var peer = await TextPeer.StartAsync(TellAuthorization);
        using var credentials = Credentials(server);
        using var channel = Channel(peer, credentials);

        var options = new CallOptions(deadline: TimeProvider.System.GetUtcNow().UtcDateTime.AddMilliseconds(100));
        var impatient = await Assert.ThrowsAsync<RpcException>(() => CallAsync(channel, options));
        Assert.Equal(StatusCode.DeadlineExceeded, impatient.StatusCode);
        var patient = FailAsync(channel);
        await Clock.WaitForTimerDueInAsync(TimeSpan.FromSeconds(10));
        Clock.Advance(TimeSpan.FromSeconds(10));

        Assert.Contains("no answer within 10 s", (await patient).Status.Detail, StringComparison.Ordinal);
        Assert.Single(server.Requests);
    }

    [Fact]
    public async Task AnswerWithoutEnd_IsReadToALimit()
    {
        await using var server = await LoopbackPeer.StartAsync(static async context =>
        {
            while (!context.RequestAborted.IsCancellationRequested)
            {
                await context.Response.Body.WriteAsync(new byte[4096], context.RequestAborted);
            }
        });
        await using var peer = await TextPeer.StartAsync(TellAuthorization);
        using var credentials = Credentials(server);
        using var channel = Channel(peer, credentials);

        var error = await FailAsync(channel);

        Assert.Equal(StatusCode.Unavailable, error.StatusCode);
        Assert.Contains($"{256 * 1024}", error.Status.Detail, StringComparison.Ordinal);
    }

    /// <summary>A proxy for one server; others are called as before.</summary>
    private sealed class ProxyFor(Uri server, Uri proxy, IWebProxy others) : IWebProxy
    {
        public ICredentials? Credentials { get; set; }

        public Uri? GetProxy(Uri destination) => destination.Authority == server.Authority ? proxy : others.GetProxy(destination);

        public bool IsBypassed(Uri host) => host.Authority != server.Authority && others.IsBypassed(host);
    }
}
