using System.Globalization;
using Grpc.Core;
using Microsoft.AspNetCore.Http;
using Rollcall.Grpc.Client.Credentials;
using Rollcall.TestKit;

namespace Rollcall.Grpc.Client.Tests.Credentials;

/// <summary>An authorization server that issues numbered tokens, and a service that tells which one it was given.</summary>
public abstract class OAuth2Tests : IDisposable
{
    protected const string Secret = "s3cret/äö";

    private int _issued;

    protected OAuth2Tests() => Logs.Expect(e => e.EventId.Name == "NoToken");

    protected FakeTimeProvider Clock { get; } = new();

    protected LogCollector Logs { get; } = new();

    public void Dispose()
    {
        Logs.Dispose();
        GC.SuppressFinalize(this);
    }

    protected static async Task TellAuthorization(HttpContext context)
    {
        TextPeer.Begin(context);
        await TextPeer.WriteMessageAsync(context, context.Request.Headers.Authorization.ToString());
        TextPeer.End(context, 0);
    }

    private protected static GrpcChannel Channel(TextPeer peer, CallCredentials credentials, Action<GrpcChannelOptions>? configure = null)
    {
        var options = new GrpcChannelOptions
        {
            Credentials = ChannelCredentials.Create(ChannelCredentials.Insecure, credentials), UnsafeUseInsecureChannelCallCredentials = true,
        };
        configure?.Invoke(options);
        return GrpcChannel.ForAddress(peer.Address, options);
    }

    protected static Task<string> CallAsync(GrpcChannel channel, CallOptions options = default) =>
        channel.CreateCallInvoker().AsyncUnaryCall(TextMethods.Unary, null, options, "x").ResponseAsync.WithinAsync();

    protected static Task<RpcException> FailAsync(GrpcChannel channel) => Assert.ThrowsAsync<RpcException>(() => CallAsync(channel));

    protected OAuth2ClientCredentials Credentials(LoopbackPeer server, Action<OAuth2ClientOptions>? configure = null)
    {
        var options = Options(new Uri(server.Address, "/token"));
        configure?.Invoke(options);
        return new OAuth2ClientCredentials(options);
    }

    protected OAuth2ClientOptions Options(Uri endpoint) => new()
    {
        TokenEndpoint = endpoint, ClientId = "my client", ClientSecret = Secret, TimeProvider = Clock, LoggerFactory = Logs,
    };

    protected Task IssueAsync(HttpContext context)
    {
        var number = Interlocked.Increment(ref _issued).ToString(CultureInfo.InvariantCulture);
        context.Response.StatusCode = 200;
        return context.Response.WriteAsync($$"""{"access_token":"token-{{number}}","token_type":"Bearer","expires_in":1000}""");
    }
}
