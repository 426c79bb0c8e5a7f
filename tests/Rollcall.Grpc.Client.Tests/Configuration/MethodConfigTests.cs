using Grpc.Core;
using Rollcall.Grpc.Client.Configuration;
using Rollcall.TestKit;

namespace Rollcall.Grpc.Client.Tests.Configuration;

public class MethodConfigTests
{
    [Fact]
    public async Task Timeout_IsTheDeadlineUnlessTheCallHasAnEarlierOne()
    {
        await using var peer = await TextPeer.StartAsync(async context =>
        {
            TextPeer.Begin(context);
            await TextPeer.WriteMessageAsync(context, context.Request.Headers["grpc-timeout"].ToString());
            TextPeer.End(context, 0);
        });
        var clock = new FakeTimeProvider();
        using var channel = Channel(peer, """{ "timeout": "5s" }""", clock);

        Assert.Equal(TimeSpan.FromSeconds(5), await TimeoutAsync(default));
        Assert.Equal(TimeSpan.FromSeconds(2), await TimeoutAsync(new CallOptions(deadline: clock.GetUtcNow().UtcDateTime.AddSeconds(2))));
        Assert.Equal(TimeSpan.FromSeconds(5), await TimeoutAsync(new CallOptions(deadline: clock.GetUtcNow().UtcDateTime.AddSeconds(9))));

        async Task<TimeSpan> TimeoutAsync(CallOptions options)
        {
            using var call = channel.CreateCallInvoker().AsyncUnaryCall(TextMethods.Unary, null, options, "x");
            Assert.True(GrpcTimeout.TryParse(await call.ResponseAsync.WithinAsync(), out var timeout));
            return timeout;
        }
    }

    [Fact]
    public async Task Timeout_EndsTheCall()
    {
        await using var peer = await TextPeer.StartAsync(TextPeer.Hang);
        using var channel = Channel(peer, """{ "timeout": "0.1s" }""");

        Assert.Equal(StatusCode.DeadlineExceeded, (await FailAsync(channel, default)).StatusCode);
    }

    [Fact]
    public async Task WaitForReady_HoldsForCallsThatSayNothing()
    {
        var port = FreePort.Next();
        using var channel = GrpcChannel.ForAddress(
            $"http://127.0.0.1:{port}", new GrpcChannelOptions { ServiceConfig = Config("""{ "waitForReady": true }""") });

        using var waiting = channel.CreateCallInvoker().AsyncUnaryCall(TextMethods.Unary, null, default, "x");
        Assert.Equal(StatusCode.Unavailable, (await FailAsync(channel, default(CallOptions).WithWaitForReady(false))).StatusCode);
        Assert.False(waiting.ResponseAsync.IsCompleted);
        await using var peer = await TextPeer.StartAsync(TextPeer.Echo(), port);

        Assert.Equal("x", await waiting.ResponseAsync.WithinAsync());
    }

    [Theory]
    [InlineData("""{ "maxRequestMessageBytes": 3 }""", 0)]
    [InlineData("""{ "maxResponseMessageBytes": 3 }""", 1)]
    public async Task MessageLimits_HoldForEachKind(string limits, int requests)
    {
        await using var peer = await TextPeer.StartAsync(TextPeer.Echo());
        using var channel = Channel(peer, limits);
        var invoker = channel.CreateCallInvoker();

        Assert.Equal("abc", await invoker.AsyncUnaryCall(TextMethods.Unary, null, default, "abc").ResponseAsync.WithinAsync());
        Assert.Equal(StatusCode.ResourceExhausted, (await FailAsync(channel, default, "abcd")).StatusCode);
        Assert.Equal(1 + requests, peer.Requests);
        using var duplex = invoker.AsyncDuplexStreamingCall(TextMethods.Duplex, null, default);
        var error = await Assert.ThrowsAsync<RpcException>(async () =>
        {
            await duplex.RequestStream.WriteAsync("abcd").WithinAsync();
            await duplex.ResponseStream.MoveNext(default).WithinAsync();
        });
        Assert.Equal(StatusCode.ResourceExhausted, error.StatusCode);
    }

    [Fact]
    public async Task LowerLimitOfTheChannel_Holds()
    {
        await using var peer = await TextPeer.StartAsync(TextPeer.Echo());
        using var channel = GrpcChannel.ForAddress(
            peer.Address,
            new GrpcChannelOptions { ServiceConfig = Config("""{ "maxRequestMessageBytes": 100 }"""), MaxSendMessageSize = 3 });

        Assert.Equal(StatusCode.ResourceExhausted, (await FailAsync(channel, default, "abcd")).StatusCode);
        Assert.Equal(0, peer.Requests);
    }

    [Fact]
    public async Task ConfigChangedAfterwards_ChangesNothing()
    {
        await using var peer = await TextPeer.StartAsync(TextPeer.Echo());
        var config = Config("""{ "maxRequestMessageBytes": 3 }""");
        using var channel = GrpcChannel.ForAddress(peer.Address, new GrpcChannelOptions { ServiceConfig = config });

        config.MethodConfigs[0].MaxRequestMessageBytes = null;
        config.MethodConfigs[0].RetryPolicy = new RetryPolicy();
        config.MethodConfigs.Clear();

        Assert.Equal(StatusCode.ResourceExhausted, (await FailAsync(channel, default, "abcd")).StatusCode);
    }

    private static ServiceConfig Config(string method) =>
        ServiceConfig.Parse($$"""{ "methodConfig": [ { "name": [ { "service": "{{TextMethods.Service}}" } ], {{method.Trim('{', '}')}} } ] }""");

    private static GrpcChannel Channel(TextPeer peer, string method, TimeProvider? clock = null) => GrpcChannel.ForAddress(
        peer.Address, new GrpcChannelOptions { ServiceConfig = Config(method), TimeProvider = clock ?? TimeProvider.System });

    private static Task<RpcException> FailAsync(GrpcChannel channel, CallOptions options, string request = "x") => Assert.ThrowsAsync<RpcException>(
        () => channel.CreateCallInvoker().AsyncUnaryCall(TextMethods.Unary, null, options, request).ResponseAsync.WithinAsync());
}
