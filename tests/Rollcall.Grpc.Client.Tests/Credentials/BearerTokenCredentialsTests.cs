using Grpc.Core;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Logging;
using Rollcall.Grpc.Client.Credentials;
using Rollcall.TestKit;

namespace Rollcall.Grpc.Client.Tests.Credentials;

public class BearerTokenCredentialsTests
{
    private readonly FakeTimeProvider _clock = new();

    [Fact]
    public async Task TokenOfTheDelegate_TravelsOverTlsAndIsRenewed()
    {
        using var certificates = new TestCertificates();
        using var certificate = certificates.Issue("localhost");
        await using var peer = await TextPeer.StartAsync(
            async context =>
            {
                TextPeer.Begin(context);
                await TextPeer.WriteMessageAsync(context, context.Request.Headers.Authorization.ToString());
                TextPeer.End(context, 0);
            },
            0,
            HttpProtocols.Http2,
            listen => listen.UseHttps(certificate));
        var asked = 0;
        var credentials = new BearerTokenCredentials(
            _ => Task.FromResult(new AccessToken($"t{++asked}", _clock.GetUtcNow().AddMinutes(1))), _clock);
        using var channel = GrpcChannel.ForAddress($"https://localhost:{peer.Port}", new GrpcChannelOptions
        {
            Credentials = ChannelCredentials.Create(new SslCredentials(certificates.AuthorityPem), credentials),
        });

        Assert.Equal("Bearer t1", await CallAsync(channel));
        Assert.Equal("Bearer t1", await CallAsync(channel));
        _clock.Advance(TimeSpan.FromMinutes(1));
        Assert.Equal("Bearer t2", await CallAsync(channel));
    }

    [Fact]
    public async Task LogThatCannotBeWritten_CostsItsLinesAndNoToken()
    {
        await using var peer = await TextPeer.StartAsync(TextPeer.Echo());
        var disk = new FullDisk();
        using var loggers = new LoggerFactory([disk]);
        var credentials = new BearerTokenCredentials(_ => Task.FromResult(new AccessToken("t", null)), _clock, loggers);
        using var channel = GrpcChannel.ForAddress(peer.Address, new GrpcChannelOptions { UnsafeUseInsecureChannelCallCredentials = true });

        var options = new CallOptions(credentials: credentials);
        Assert.Equal("x", await channel.CreateCallInvoker().AsyncUnaryCall(TextMethods.Unary, null, options, "x").ResponseAsync.WithinAsync());
        Assert.True(disk.Refused > 0);
    }

    public static TheoryData<Exception, StatusCode, string> Failures => new()
    {
        { new InvalidOperationException("the vault is sealed"), StatusCode.Unavailable, "There is no access token: the vault is sealed" },
        { new TaskCanceledException("The vault has timed out."), StatusCode.Unavailable, "There is no access token: The vault has timed out." },
        { new RpcException(new Status(StatusCode.PermissionDenied, "not for you")), StatusCode.PermissionDenied, "not for you" },

        // gRFC A54: what a service says by these, credentials can't.
        { new RpcException(new Status(StatusCode.NotFound, "no key")), StatusCode.Internal, "The call credentials failed with NotFound: no key" },
        { new RpcException(Status.DefaultSuccess), StatusCode.Internal, "The call credentials failed with OK: " },
    };

    [Theory]
    [MemberData(nameof(Failures))]
    public async Task DelegateThatThrows_FailsTheCall(Exception thrown, StatusCode expected, string detail)
    {
        await using var peer = await TextPeer.StartAsync(TextPeer.Echo());
        var credentials = new BearerTokenCredentials(_ => throw thrown);
        using var channel = GrpcChannel.ForAddress(peer.Address, new GrpcChannelOptions { UnsafeUseInsecureChannelCallCredentials = true });

        using var call = channel.CreateCallInvoker().AsyncUnaryCall(TextMethods.Unary, null, new CallOptions(credentials: credentials), "x");
        var error = await Assert.ThrowsAsync<RpcException>(() => call.ResponseAsync.WithinAsync());

        Assert.Equal(expected, error.StatusCode);
        Assert.Equal(detail, error.Status.Detail);
        Assert.Equal(0, peer.Requests);
    }

    [Fact]
    public async Task DelegateThatIgnoresItsToken_HoldsNoCallForEver()
    {
        await using var peer = await TextPeer.StartAsync(TextPeer.Echo());
        var never = new TaskCompletionSource<AccessToken>();
        var credentials = new BearerTokenCredentials(_ => never.Task, _clock);
        using var channel = GrpcChannel.ForAddress(peer.Address, new GrpcChannelOptions { UnsafeUseInsecureChannelCallCredentials = true });

        using var call = channel.CreateCallInvoker().AsyncUnaryCall(TextMethods.Unary, null, new CallOptions(credentials: credentials), "x");
        await _clock.WaitForTimerDueInAsync(TimeSpan.FromSeconds(30));
        _clock.Advance(TimeSpan.FromSeconds(30));

        Assert.Equal(StatusCode.Unavailable, (await Assert.ThrowsAsync<RpcException>(() => call.ResponseAsync.WithinAsync())).StatusCode);
    }

    [Fact]
    public void Token_IsCheckedAndNotShown()
    {
        Assert.DoesNotContain("abc", $"{new AccessToken("abc")}", StringComparison.Ordinal);
        Assert.DoesNotContain("abc", $"{new AccessToken("abc", _clock.GetUtcNow())}", StringComparison.Ordinal);
        var error = Assert.Throws<ArgumentException>(() => new AccessToken("abc\ndef"));
        Assert.DoesNotContain("abc", error.ToString(), StringComparison.Ordinal);
    }

    private static Task<string> CallAsync(GrpcChannel channel) =>
        channel.CreateCallInvoker().AsyncUnaryCall(TextMethods.Unary, null, default, "x").ResponseAsync.WithinAsync();
}
