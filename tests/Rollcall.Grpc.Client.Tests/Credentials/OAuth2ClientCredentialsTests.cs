using System.Globalization;
using System.Net;
using System.Text;
using Grpc.Core;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Rollcall.Grpc.Client.Credentials;
using Rollcall.TestKit;

namespace Rollcall.Grpc.Client.Tests.Credentials;

public sealed class OAuth2ClientCredentialsTests : IDisposable
{
    private const string Secret = "s3cret/äö";

    private readonly FakeTimeProvider _clock = new();
    private readonly LogCollector _logs = new();
    private int _issued;

    public OAuth2ClientCredentialsTests() => _logs.Expect(e => e.EventId.Name == "NoToken");

    public void Dispose() => _logs.Dispose();

    [Fact]
    public async Task FirstCall_AsksForATokenAndTheNextOnesShareIt()
    {
        await using var server = await LoopbackPeer.StartAsync(IssueAsync);
        await using var peer = await TextPeer.StartAsync(TellAuthorization);
        using var credentials = Credentials(server, o =>
        {
            o.Scopes.Add("orders.read");
            o.Scopes.Add("orders.write");
        });
        using var channel = Channel(peer, credentials);
        Assert.Empty(server.Requests);

        var answers = await Task.WhenAll(Enumerable.Range(0, 50).Select(_ => CallAsync(channel))).WithinAsync();
        Assert.All(answers, a => Assert.Equal("Bearer token-1", a));
        Assert.Equal("Bearer token-1", await CallAsync(channel));

        // RFC 6749 4.4.2 and 2.3.1.
        var request = Assert.Single(server.Requests);
        Assert.Equal("POST", request.Method);
        Assert.Equal("/token", request.Target);
        Assert.Equal("application/x-www-form-urlencoded", request.Headers["Content-Type"]);
        Assert.Equal("grant_type=client_credentials&scope=orders.read+orders.write", request.Body);
        var basic = Encoding.ASCII.GetString(Convert.FromBase64String(request.Headers["Authorization"]["Basic ".Length..]));
        Assert.Equal("my+client:s3cret%2F%C3%A4%C3%B6", basic);
    }

    [Fact]
    public async Task TokenThatIsDue_IsRenewedWhileCallsGoOnWithIt()
    {
        await using var server = await LoopbackPeer.StartAsync(IssueAsync);
        await using var peer = await TextPeer.StartAsync(TellAuthorization);
        using var credentials = Credentials(server);
        using var channel = Channel(peer, credentials);
        Assert.Equal("Bearer token-1", await CallAsync(channel));

        // A fifth before the end, 20 % more or less.
        _clock.Advance(TimeSpan.FromSeconds(1000 * 0.75));
        Assert.Equal("Bearer token-1", await CallAsync(channel));
        Assert.Single(server.Requests);
        _clock.Advance(TimeSpan.FromSeconds(1000 * 0.1));
        Assert.Equal("Bearer token-1", await CallAsync(channel));

        await Eventually.TrueAsync(async () => await CallAsync(channel) == "Bearer token-2");
        Assert.Equal(2, server.Requests.Count);
    }

    [Fact]
    public async Task ExpiredToken_IsNotSent()
    {
        await using var server = await LoopbackPeer.StartAsync(IssueAsync);
        await using var peer = await TextPeer.StartAsync(TellAuthorization);
        using var credentials = Credentials(server);
        using var channel = Channel(peer, credentials);
        Assert.Equal("Bearer token-1", await CallAsync(channel));

        _clock.Advance(TimeSpan.FromSeconds(995));

        Assert.Equal("Bearer token-2", await CallAsync(channel));
    }

    [Fact]
    public async Task FailedRefresh_KeepsTheTokenUntilItEndsAndThenFailsCalls()
    {
        var broken = false;
        await using var server = await LoopbackPeer.StartAsync(IssueUnless(() => Volatile.Read(ref broken)));
        await using var peer = await TextPeer.StartAsync(TellAuthorization);
        using var credentials = Credentials(server);
        using var channel = Channel(peer, credentials);
        Assert.Equal("Bearer token-1", await CallAsync(channel));

        Volatile.Write(ref broken, true);
        _clock.Advance(TimeSpan.FromSeconds(900));
        Assert.Equal("Bearer token-1", await CallAsync(channel));
        await Eventually.TrueAsync(() => _logs.Entries.Any(e => e.Level == LogLevel.Warning));

        // Calls that come at once do not ask again.
        Assert.Equal("Bearer token-1", await CallAsync(channel));
        Assert.Equal(2, server.Requests.Count);

        _clock.Advance(TimeSpan.FromSeconds(95));
        var error = await FailAsync(channel);
        Assert.Equal(StatusCode.Unavailable, error.StatusCode);
        Assert.Contains($"{server.Address}token", error.Status.Detail, StringComparison.Ordinal);
        Assert.Contains("HTTP status 503", error.Status.Detail, StringComparison.Ordinal);
        Assert.Equal(error.Status.Detail, (await FailAsync(channel)).Status.Detail);
        Assert.Equal(3, server.Requests.Count);

        Volatile.Write(ref broken, false);
        _clock.Advance(TimeSpan.FromSeconds(5));
        Assert.Equal("Bearer token-2", await CallAsync(channel));
    }

    [Fact]
    public async Task ClockThatIsSetBackDuringThePause_DoesNotMakeItLonger()
    {
        var broken = true;
        await using var server = await LoopbackPeer.StartAsync(IssueUnless(() => Volatile.Read(ref broken)));
        await using var peer = await TextPeer.StartAsync(TellAuthorization);
        var wall = new WallClock(_clock);
        using var credentials = Credentials(server, o => o.TimeProvider = wall);
        using var channel = Channel(peer, credentials);
        await FailAsync(channel);

        Volatile.Write(ref broken, false);
        wall.Offset = TimeSpan.FromHours(-1);
        _clock.Advance(TimeSpan.FromSeconds(5));

        Assert.Equal("Bearer token-1", await CallAsync(channel));
    }

    [Fact]
    public async Task TokenThatTheServiceRefuses_IsReplacedBeforeItEnds()
    {
        await using var server = await LoopbackPeer.StartAsync(IssueAsync);
        await using var peer = await TextPeer.StartAsync(RefuseToken("token-1"));
        using var credentials = Credentials(server);
        using var channel = Channel(peer, credentials, o => o.ServiceConfig = Policies.Retry(2, 1, StatusCode.Aborted));
        Assert.Equal(StatusCode.Unauthenticated, (await FailAsync(channel)).StatusCode);
        _clock.Advance(TimeSpan.FromSeconds(30));

        Assert.Equal(StatusCode.Unauthenticated, (await FailAsync(channel)).StatusCode);

        await Eventually.TrueAsync(() => _logs.Entries.Count(e => e.EventId.Name == "TokenFetched") == 2);
        Assert.Equal("Bearer token-2", await CallAsync(channel));
        Assert.Equal(2, server.Requests.Count);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task ServiceThatRefusesEveryToken_CausesOneRequestInHalfAMinute(bool hedges)
    {
        await using var server = await LoopbackPeer.StartAsync(IssueAsync);
        await using var peer = await TextPeer.StartAsync(RefuseToken("token"));
        using var credentials = Credentials(server);
        using var channel = Channel(peer, credentials, o => o.ServiceConfig = hedges ? Policies.Hedge(2, TimeSpan.Zero) : null);
        for (var round = 1; round <= 3; round++)
        {
            for (var i = 0; i < 10; i++)
            {
                Assert.Equal(StatusCode.Unauthenticated, (await FailAsync(channel)).StatusCode);
            }

            await Eventually.TrueAsync(() => _logs.Entries.Count(e => e.EventId.Name == "TokenFetched") == round);
            Assert.Equal(StatusCode.Unauthenticated, (await FailAsync(channel)).StatusCode);
            Assert.Equal(round, server.Requests.Count);
            _clock.Advance(TimeSpan.FromSeconds(30));
        }
    }

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
        Assert.DoesNotContain(_logs.Entries, e => e.Message.Contains("hidden", StringComparison.Ordinal));
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
        await _clock.WaitForTimerDueInAsync(TimeSpan.FromSeconds(10));
        _clock.Advance(TimeSpan.FromSeconds(10));

        Assert.Contains("no answer within 10 s", (await patient).Status.Detail, StringComparison.Ordinal);
        Assert.Single(server.Requests);
    }

    [Fact]
    public async Task SecretAndTokens_AreNotLogged()
    {
        await using var server = await LoopbackPeer.StartAsync(IssueAsync);
        await using var peer = await TextPeer.StartAsync(TellAuthorization);
        using var credentials = Credentials(server);
        using var channel = Channel(peer, credentials, o => o.LoggerFactory = _logs);

        await CallAsync(channel);

        Assert.Contains(_logs.Entries, e => e.Message.StartsWith("There is a new access token", StringComparison.Ordinal));
        Assert.DoesNotContain(_logs.Entries, e => e.Message.Contains("token-1", StringComparison.Ordinal));
        Assert.DoesNotContain(_logs.Entries, e => e.Message.Contains("s3cret", StringComparison.Ordinal));
    }

    [Fact]
    public async Task PlaintextChannel_IsRefused()
    {
        await using var peer = await TextPeer.StartAsync(TellAuthorization);
        using var credentials = new OAuth2ClientCredentials(Options(new Uri("https://auth.example.com/token")));
        using var channel = GrpcChannel.ForAddress(peer.Address);

        Assert.Throws<InvalidOperationException>(
            () => channel.CreateCallInvoker().AsyncUnaryCall(TextMethods.Unary, null, new CallOptions(credentials: credentials), "x"));
    }

    [Theory]
    [InlineData("TokenEndpoint", null, "id", "secret", "scope")]
    [InlineData("TokenEndpoint", "http://auth.example.com/token", "id", "secret", "scope")]
    [InlineData("TokenEndpoint", "https://id:secret@auth.example.com/token", "id", "secret", "scope")]
    [InlineData("ClientId", "https://auth.example.com/token", "", "secret", "scope")]
    [InlineData("ClientSecret", "https://auth.example.com/token", "id", "", "scope")]
    [InlineData("Scopes", "https://auth.example.com/token", "id", "secret", "two words")]
    public void OptionThatIsMissingOrWrong_IsNamed(string option, string? endpoint, string id, string secret, string scope)
    {
        var options = new OAuth2ClientOptions
        {
            TokenEndpoint = endpoint is null ? null : new Uri(endpoint), ClientId = id, ClientSecret = secret, Scopes = { scope },
        };

        var error = Assert.Throws<ArgumentException>(() => new OAuth2ClientCredentials(options));

        Assert.Contains($"OAuth2ClientOptions.{option}", error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("secret@", error.Message, StringComparison.Ordinal);
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

    [Fact]
    public async Task Disposed_EndsTheRequestThatRunsAndFailsCallsFromThenOn()
    {
        await using var server = await LoopbackPeer.StartAsync(TextPeer.Hang);
        await using var peer = await TextPeer.StartAsync(TellAuthorization);
        var credentials = Credentials(server);
        using var channel = Channel(peer, credentials);
        var waiting = FailAsync(channel);
        await Eventually.TrueAsync(() => server.Requests.Count == 1);

        credentials.Dispose();

        var error = await waiting;
        Assert.Equal(StatusCode.Unavailable, error.StatusCode);
        Assert.Contains("the credentials were disposed", error.Status.Detail, StringComparison.Ordinal);
        _clock.Advance(TimeSpan.FromSeconds(2));
        Assert.Equal(StatusCode.Unavailable, (await FailAsync(channel)).StatusCode);
        Assert.Single(server.Requests);
    }

    [Fact]
    public void TimeoutThatNoTimerTakes_IsNamed()
    {
        foreach (var timeout in (TimeSpan[])[TimeSpan.Zero, Timeout.InfiniteTimeSpan, TimeSpan.MaxValue])
        {
            var options = Options(new Uri("https://auth.example.com/token"));
            options.Timeout = timeout;

            var error = Assert.Throws<ArgumentException>(() => new OAuth2ClientCredentials(options));

            Assert.Contains("OAuth2ClientOptions.Timeout", error.Message, StringComparison.Ordinal);
        }
    }

    private static async Task TellAuthorization(HttpContext context)
    {
        TextPeer.Begin(context);
        await TextPeer.WriteMessageAsync(context, context.Request.Headers.Authorization.ToString());
        TextPeer.End(context, 0);
    }

    private RequestDelegate IssueUnless(Func<bool> isBroken) => context =>
    {
        context.Response.StatusCode = 503;
        return isBroken() ? Task.CompletedTask : IssueAsync(context);
    };

    private static RequestDelegate RefuseToken(string token) => context =>
        context.Request.Headers.Authorization.ToString().StartsWith($"Bearer {token}", StringComparison.Ordinal)
            ? TextPeer.Refuse(context, 16)
            : TellAuthorization(context);

    private static GrpcChannel Channel(TextPeer peer, CallCredentials credentials, Action<GrpcChannelOptions>? configure = null)
    {
        var options = new GrpcChannelOptions
        {
            Credentials = ChannelCredentials.Create(ChannelCredentials.Insecure, credentials), UnsafeUseInsecureChannelCallCredentials = true,
        };
        configure?.Invoke(options);
        return GrpcChannel.ForAddress(peer.Address, options);
    }

    private static Task<string> CallAsync(GrpcChannel channel, CallOptions options = default) =>
        channel.CreateCallInvoker().AsyncUnaryCall(TextMethods.Unary, null, options, "x").ResponseAsync.WithinAsync();

    private static Task<RpcException> FailAsync(GrpcChannel channel) => Assert.ThrowsAsync<RpcException>(() => CallAsync(channel));

    private OAuth2ClientCredentials Credentials(LoopbackPeer server, Action<OAuth2ClientOptions>? configure = null)
    {
        var options = Options(new Uri(server.Address, "/token"));
        configure?.Invoke(options);
        return new OAuth2ClientCredentials(options);
    }

    private OAuth2ClientOptions Options(Uri endpoint) => new()
    {
        TokenEndpoint = endpoint, ClientId = "my client", ClientSecret = Secret, TimeProvider = _clock, LoggerFactory = _logs,
    };

    private Task IssueAsync(HttpContext context)
    {
        var number = Interlocked.Increment(ref _issued).ToString(CultureInfo.InvariantCulture);
        context.Response.StatusCode = 200;
        return context.Response.WriteAsync($$"""{"access_token":"token-{{number}}","token_type":"Bearer","expires_in":1000}""");
    }

    /// <summary>A clock that is set while time goes on.</summary>
    private sealed class WallClock(TimeProvider time) : TimeProvider
    {
        public TimeSpan Offset { get; set; }

        public override long TimestampFrequency => time.TimestampFrequency;

        public override DateTimeOffset GetUtcNow() => time.GetUtcNow() + Offset;

        public override long GetTimestamp() => time.GetTimestamp();

        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) =>
            time.CreateTimer(callback, state, dueTime, period);
    }

    /// <summary>A proxy for one server; others are called as before.</summary>
    private sealed class ProxyFor(Uri server, Uri proxy, IWebProxy others) : IWebProxy
    {
        public ICredentials? Credentials { get; set; }

        public Uri? GetProxy(Uri destination) => destination.Authority == server.Authority ? proxy : others.GetProxy(destination);

        public bool IsBypassed(Uri host) => host.Authority != server.Authority && others.IsBypassed(host);
    }
}
