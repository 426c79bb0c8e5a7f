using Grpc.Core;
using Rollcall.Grpc.Client.Credentials;
using Rollcall.TestKit;

namespace Rollcall.Grpc.Client.Tests.Credentials;

/// <summary>What users set and see.</summary>
public sealed class OAuth2ClientCredentialsTests : OAuth2Tests
{
    [Fact]
    public async Task SecretAndTokens_AreNotLogged()
    {
        await using var server = await LoopbackPeer.StartAsync(IssueAsync);
        await using var peer = await TextPeer.StartAsync(TellAuthorization);
        using var credentials = Credentials(server);
        using var channel = Channel(peer, credentials, o => o.LoggerFactory = Logs);

        await CallAsync(channel);

        Assert.Contains(Logs.Entries, e => e.Message.StartsWith("There is a new access token", StringComparison.Ordinal));
        Assert.DoesNotContain(Logs.Entries, e => e.Message.Contains("token-1", StringComparison.Ordinal));
        Assert.DoesNotContain(Logs.Entries, e => e.Message.Contains("s3cret", StringComparison.Ordinal));
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
        Clock.Advance(TimeSpan.FromSeconds(2));
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
}
