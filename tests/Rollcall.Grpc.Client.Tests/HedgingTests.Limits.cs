using Grpc.Core;
using Rollcall.Grpc.Client.Configuration;
using Rollcall.TestKit;

namespace Rollcall.Grpc.Client.Tests;

/// <content>What holds copies back, and what ends them all.</content>
public partial class HedgingTests
{
    [Fact]
    public async Task MaxRetryAttemptsOfTheChannel_Caps()
    {
        await using var busy = await TextPeer.StartAsync(context => TextPeer.Refuse(context, 14));
        foreach (var cap in (int[])[2, 1])
        {
            var before = busy.Requests;
            using var channel = GrpcChannel.ForAddress(
                busy.Address, Options(Policies.Hedge(5, s_delay, StatusCode.Unavailable), o => o.MaxRetryAttempts = cap));
            await FailAsync(channel);
            Assert.Equal(cap, busy.Requests - before);
        }
    }

    [Theory]
    [InlineData("-1")]
    [InlineData("soon")]
    public async Task PushbackThatForbids_SendsNoMoreAndWaitsForThoseThatRun(string pushback)
    {
        var go = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var slow = await TextPeer.StartAsync(async context =>
        {
            await go.Task;
            await TextPeer.Echo()(context);
        });
        await using var busy = await TextPeer.StartAsync(context =>
        {
            context.Response.Headers["grpc-retry-pushback-ms"] = pushback;
            return TextPeer.Refuse(context, 14);
        });
        await using var third = await TextPeer.StartAsync(TextPeer.Echo("third "));
        using var channel = Over(Policies.Hedge(3, s_delay, StatusCode.Unavailable), slow.Endpoint, busy.Endpoint, third.Endpoint);

        var answer = UnaryAsync(channel);
        await _clock.WaitForTimerDueInAsync(s_delay);
        _clock.Advance(s_delay);
        await Eventually.TrueAsync(() => _log.All.Count == 1);
        _clock.Advance(s_delay * 5);
        go.SetResult();

        Assert.Equal("x", await answer);
        Assert.Equal(0, third.Requests);
    }

    [Fact]
    public async Task Pushback_DelaysTheNextAndTheDelayFollows()
    {
        await using var busy = await TextPeer.StartAsync(context =>
        {
            context.Response.Headers["grpc-retry-pushback-ms"] = "7000";
            return TextPeer.Refuse(context, 14);
        });
        await using var slow = await TextPeer.StartAsync(TextPeer.Hang);
        await using var fast = await TextPeer.StartAsync(TextPeer.Echo());
        using var channel = Over(Policies.Hedge(3, s_delay, StatusCode.Unavailable), busy.Endpoint, slow.Endpoint, fast.Endpoint);

        var answer = UnaryAsync(channel);
        await _clock.WaitForTimerDueInAsync(TimeSpan.FromSeconds(7));
        Assert.Equal(0, slow.Requests);
        _clock.Advance(TimeSpan.FromSeconds(7));
        await _clock.WaitForTimerDueInAsync(s_delay);
        await Eventually.TrueAsync(() => slow.Requests == 1);
        _clock.Advance(s_delay);

        Assert.Equal("x", await answer);
        Assert.Equal(1, slow.Requests);
    }

    [Fact]
    public async Task Throttle_HoldsCopiesBackWhileMostCallsFail()
    {
        await using var busy = await TextPeer.StartAsync(context => TextPeer.Refuse(context, 14));
        var config = Policies.Hedge(5, s_delay, StatusCode.Unavailable);
        config.RetryThrottling = new RetryThrottlingPolicy { MaxTokens = 10, TokenRatio = 0.1 };
        using var channel = GrpcChannel.ForAddress(busy.Address, Options(config));

        for (var i = 0; i < 50; i++)
        {
            await FailAsync(channel);
        }

        Assert.InRange(busy.Requests, 50, 54);
    }

    [Fact]
    public async Task ThrottledWhileACopyWaitsForItsPushback_TheCallEndsWithTheFailure()
    {
        await using var busy = await TextPeer.StartAsync(context =>
        {
            if (context.Request.Path.Value!.EndsWith("Unary", StringComparison.Ordinal))
            {
                context.Response.Headers["grpc-retry-pushback-ms"] = "7000";
            }

            return TextPeer.Refuse(context, 14, "busy");
        });
        var config = Policies.Hedge(5, s_delay, StatusCode.Unavailable);
        config.RetryThrottling = new RetryThrottlingPolicy { MaxTokens = 10, TokenRatio = 0.1 };
        using var channel = GrpcChannel.ForAddress(busy.Address, Options(config));

        var waiting = FailAsync(channel);
        await _clock.WaitForTimerDueInAsync(TimeSpan.FromSeconds(7));
        using var stream = channel.CreateCallInvoker().AsyncServerStreamingCall(TextMethods.ServerStream, null, default, "x");
        await Assert.ThrowsAsync<RpcException>(() => stream.ResponseStream.MoveNext(default).WithinAsync());
        _clock.Advance(TimeSpan.FromSeconds(7));

        Assert.Equal("busy", (await waiting).Status.Detail);
    }

    [Fact]
    public async Task Deadline_EndsAllCopies()
    {
        await using var first = await TextPeer.StartAsync(TextPeer.Hang);
        await using var second = await TextPeer.StartAsync(TextPeer.Hang);
        using var channel = Over(Policies.Hedge(2, TimeSpan.Zero), first.Endpoint, second.Endpoint);

        var options = new CallOptions(deadline: _clock.GetUtcNow().UtcDateTime.AddSeconds(5));
        var call = channel.CreateCallInvoker().AsyncUnaryCall(TextMethods.Unary, null, options, "x");
        await Eventually.TrueAsync(() => first.Requests + second.Requests == 2);
        _clock.Advance(TimeSpan.FromSeconds(5));

        var error = await Assert.ThrowsAsync<RpcException>(() => call.ResponseAsync.WithinAsync());
        Assert.Equal(StatusCode.DeadlineExceeded, error.StatusCode);
        Assert.Contains("attempt 2", error.Status.Detail, StringComparison.Ordinal);
        Assert.All(_log.All, a => Assert.Equal(StatusCode.DeadlineExceeded, a.StatusCode));
        Assert.Equal([AttemptFate.Hedged, AttemptFate.Final], _log.All.Select(a => a.Fate));
    }

    [Fact]
    public async Task DisposedChannel_EndsAllCopies()
    {
        await using var peer = await TextPeer.StartAsync(TextPeer.Hang);
        var channel = GrpcChannel.ForAddress(peer.Address, Options(Policies.Hedge(2, TimeSpan.Zero)));

        var call = channel.CreateCallInvoker().AsyncUnaryCall(TextMethods.Unary, null, default, "x");
        await Eventually.TrueAsync(() => peer.Requests == 2);
        await channel.DisposeAsync();

        Assert.Equal(StatusCode.Cancelled, (await Assert.ThrowsAsync<RpcException>(() => call.ResponseAsync.WithinAsync())).StatusCode);
    }

    [Fact]
    public async Task RequestLargerThanItsBuffer_IsSentOnce()
    {
        await using var busy = await TextPeer.StartAsync(context => TextPeer.Refuse(context, 14));
        using var channel = GrpcChannel.ForAddress(
            busy.Address, Options(Policies.Hedge(3, TimeSpan.Zero, StatusCode.Unavailable), o => o.MaxRetryBufferPerCallSize = 100));

        await FailAsync(channel, new string('x', 200));
        Assert.Equal(1, busy.Requests);
        await FailAsync(channel);
        Assert.Equal(4, busy.Requests);
    }

    [Fact]
    public async Task WaitForReady_WaitsUntilTheServerIsThere()
    {
        var port = FreePort.Next();
        using var channel = GrpcChannel.ForAddress(
            $"http://127.0.0.1:{port}", new GrpcChannelOptions { ServiceConfig = Policies.Hedge(2, s_delay), OnAttempt = _log.Add });

        var call = channel.CreateCallInvoker().AsyncUnaryCall(TextMethods.Unary, null, default(CallOptions).WithWaitForReady(), "x");
        await Eventually.TrueAsync(() => _log.All.Count >= 2);
        await using var peer = await TextPeer.StartAsync(TextPeer.Echo(), port);

        Assert.Equal("x", await call.ResponseAsync.WithinAsync());
    }

    [Fact]
    public async Task WaitForReady_NobodyReachableForAnyCopy_HedgesAgainAfterAPause()
    {
        await using var first = await TextPeer.StartAsync(TextPeer.Echo());
        await using var second = await TextPeer.StartAsync(TextPeer.Echo());
        using var handler = new RefusingHandler(2, 2);
        using var channel = Over(
            Policies.Hedge(2, TimeSpan.Zero, StatusCode.Unavailable), o => o.HttpHandler = handler, first.Endpoint, second.Endpoint);

        var call = channel.CreateCallInvoker().AsyncUnaryCall(TextMethods.Unary, null, default(CallOptions).WithWaitForReady(), "x");
        await _clock.AdvanceUntilAsync(TimeSpan.FromMilliseconds(250), () => call.ResponseAsync.IsCompleted);

        Assert.Equal("x", await call.ResponseAsync);
        Assert.All(_log.All.Take(4), static a => Assert.Equal((StatusCode.Unavailable, true), (a.StatusCode, a.Fate != AttemptFate.Final)));
        Assert.Equal(1, _log.All.Count(static a => a.Fate == AttemptFate.Final));
    }

    [Fact]
    public async Task WaitForReady_RequestLargerThanItsBuffer_IsOneCopyInEachRound()
    {
        await using var first = await TextPeer.StartAsync(TextPeer.Echo());
        await using var second = await TextPeer.StartAsync(TextPeer.Echo());
        using var handler = new RefusingHandler(1, 1);
        using var channel = Over(
            Policies.Hedge(2, TimeSpan.Zero, StatusCode.Unavailable),
            o =>
            {
                o.HttpHandler = handler;
                o.MaxRetryBufferPerCallSize = 100;
            },
            first.Endpoint,
            second.Endpoint);

        var call = channel.CreateCallInvoker().AsyncUnaryCall(
            TextMethods.Unary, null, default(CallOptions).WithWaitForReady(), new string('x', 200));
        await _clock.AdvanceUntilAsync(TimeSpan.FromMilliseconds(250), () => call.ResponseAsync.IsCompleted);

        Assert.Equal(200, (await call.ResponseAsync).Length);
        Assert.Equal([AttemptFate.Moved, AttemptFate.Moved, AttemptFate.Final], _log.All.Select(static a => a.Fate));
    }

    [Fact]
    public async Task NoEndpoint_IsUnavailable()
    {
        using var channel = Over(Policies.Hedge(2, s_delay));

        Assert.Equal(StatusCode.Unavailable, (await FailAsync(channel)).StatusCode);
        Assert.Empty(_log.All);
    }
}
