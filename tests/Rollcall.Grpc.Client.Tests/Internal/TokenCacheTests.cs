using System.Text;
using Grpc.Core;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Rollcall.Grpc.Client.Tests.Credentials;
using Rollcall.TestKit;

namespace Rollcall.Grpc.Client.Tests.Internal;

/// <summary>When a token is asked for, shared, renewed and replaced.</summary>
public sealed class TokenCacheTests : OAuth2Tests
{
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
        Clock.Advance(TimeSpan.FromSeconds(1000 * 0.75));
        Assert.Equal("Bearer token-1", await CallAsync(channel));
        Assert.Single(server.Requests);
        Clock.Advance(TimeSpan.FromSeconds(1000 * 0.1));
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

        Clock.Advance(TimeSpan.FromSeconds(995));

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
        Clock.Advance(TimeSpan.FromSeconds(900));
        Assert.Equal("Bearer token-1", await CallAsync(channel));
        await Eventually.TrueAsync(() => Logs.Entries.Any(e => e.Level == LogLevel.Warning));

        // Calls that come at once do not ask again.
        Assert.Equal("Bearer token-1", await CallAsync(channel));
        Assert.Equal(2, server.Requests.Count);

        Clock.Advance(TimeSpan.FromSeconds(95));
        var error = await FailAsync(channel);
        Assert.Equal(StatusCode.Unavailable, error.StatusCode);
        Assert.Contains($"{server.Address}token", error.Status.Detail, StringComparison.Ordinal);
        Assert.Contains("HTTP status 503", error.Status.Detail, StringComparison.Ordinal);
        Assert.Equal(error.Status.Detail, (await FailAsync(channel)).Status.Detail);
        Assert.Equal(3, server.Requests.Count);

        Volatile.Write(ref broken, false);
        Clock.Advance(TimeSpan.FromSeconds(5));
        Assert.Equal("Bearer token-2", await CallAsync(channel));
    }

    [Fact]
    public async Task ClockThatIsSetBackDuringThePause_DoesNotMakeItLonger()
    {
        var broken = true;
        await using var server = await LoopbackPeer.StartAsync(IssueUnless(() => Volatile.Read(ref broken)));
        await using var peer = await TextPeer.StartAsync(TellAuthorization);
        var wall = new SteppedClock(Clock);
        using var credentials = Credentials(server, o => o.TimeProvider = wall);
        using var channel = Channel(peer, credentials);
        await FailAsync(channel);

        Volatile.Write(ref broken, false);
        wall.Offset = TimeSpan.FromHours(-1);
        Clock.Advance(TimeSpan.FromSeconds(5));

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
        Clock.Advance(TimeSpan.FromSeconds(30));

        Assert.Equal(StatusCode.Unauthenticated, (await FailAsync(channel)).StatusCode);

        await Eventually.TrueAsync(() => Logs.Entries.Count(e => e.EventId.Name == "TokenFetched") == 2);
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

            await Eventually.TrueAsync(() => Logs.Entries.Count(e => e.EventId.Name == "TokenFetched") == round);
            Assert.Equal(StatusCode.Unauthenticated, (await FailAsync(channel)).StatusCode);
            Assert.Equal(round, server.Requests.Count);
            Clock.Advance(TimeSpan.FromSeconds(30));
        }
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
}
