using System.Collections.Concurrent;
using Grpc.Core;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Rollcall.Grpc.Client.Configuration;
using Rollcall.TestKit;

namespace Rollcall.Grpc.Client.Tests;

public class RetryTests
{
    [Fact]
    public async Task RetryableStatus_IsRetriedElsewhereAndSaysHowOften()
    {
        var headers = new ConcurrentQueue<string>();
        RequestDelegate busy = context =>
        {
            headers.Enqueue(context.Request.Headers["grpc-previous-rpc-attempts"].ToString());
            return TextPeer.Refuse(context, 14, "busy");
        };
        await using var first = await TextPeer.StartAsync(busy);
        await using var second = await TextPeer.StartAsync(busy);
        await using var third = await TextPeer.StartAsync(context =>
        {
            headers.Enqueue(context.Request.Headers["grpc-previous-rpc-attempts"].ToString());
            return TextPeer.Echo()(context);
        });
        var log = new AttemptLog();
        using var channel = Channels.Over(
            "pick_first",
            o =>
            {
                o.ServiceConfig = Policies.Retry();
                o.OnAttempt = log.Add;
            },
            first.Endpoint,
            second.Endpoint,
            third.Endpoint);

        Assert.Equal("x", await channel.CreateCallInvoker().AsyncUnaryCall(TextMethods.Unary, null, default, "x").ResponseAsync.WithinAsync());

        Assert.Equal(3, log.All.Select(a => a.Endpoint).Distinct().Count());
        Assert.Equal([AttemptFate.Retried, AttemptFate.Retried, AttemptFate.Final], log.All.Select(a => a.Fate));
        Assert.Equal(["", "1", "2"], headers);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task LogThatCannotBeWritten_CostsItsLinesAndNoCall(bool hedges)
    {
        var requests = 0;
        await using var peer = await TextPeer.StartAsync(
            context => Interlocked.Increment(ref requests) < 3 ? TextPeer.Refuse(context, 14) : TextPeer.Echo()(context));
        var disk = new FullDisk();
        using var loggers = new LoggerFactory([disk]);
        using var channel = GrpcChannel.ForAddress(peer.Address, new GrpcChannelOptions
        {
            LoggerFactory = loggers,
            ServiceConfig = hedges ? Policies.Hedge(5, TimeSpan.FromMinutes(1), StatusCode.Unavailable) : Policies.Retry(),
            OnAttempt = _ => throw new InvalidOperationException("which is logged"),
        });

        Assert.Equal("x", await channel.CreateCallInvoker().AsyncUnaryCall(TextMethods.Unary, null, default, "x").ResponseAsync.WithinAsync());
        Assert.True(disk.Refused > 0);
    }

    [Theory]
    [InlineData(false, 1, null)]
    [InlineData(false, 3, "2")]
    [InlineData(true, 1, null)]
    [InlineData(true, 3, "2")]
    public async Task ResponseHeaders_SayHowManyAttemptsWereMadeBefore(bool hedges, int needed, string? expected)
    {
        var requests = 0;
        await using var peer = await TextPeer.StartAsync(
            context => Interlocked.Increment(ref requests) < needed ? TextPeer.Refuse(context, 14) : TextPeer.Echo()(context));
        var config = hedges ? Policies.Hedge(5, TimeSpan.FromMinutes(1), StatusCode.Unavailable) : Policies.Retry();
        using var channel = GrpcChannel.ForAddress(peer.Address, new GrpcChannelOptions { ServiceConfig = config });

        using var call = channel.CreateCallInvoker().AsyncUnaryCall(TextMethods.Unary, null, default, "x");
        await call.ResponseAsync.WithinAsync();

        Assert.Equal(expected, (await call.ResponseHeadersAsync.WithinAsync()).GetValue("grpc-previous-rpc-attempts"));
        Assert.Null(call.GetTrailers().GetValue("grpc-previous-rpc-attempts"));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task RefusalAfterRetries_SaysHowManyAttemptsWereMadeBefore(bool hedges)
    {
        await using var peer = await TextPeer.StartAsync(static context => TextPeer.Refuse(context, 14));
        var config = hedges ? Policies.Hedge(3, TimeSpan.FromMinutes(1), StatusCode.Unavailable) : Policies.Retry(3);
        using var channel = GrpcChannel.ForAddress(peer.Address, new GrpcChannelOptions { ServiceConfig = config });

        using var call = channel.CreateCallInvoker().AsyncUnaryCall(TextMethods.Unary, null, default, "x");
        await Assert.ThrowsAsync<RpcException>(() => call.ResponseAsync.WithinAsync());

        Assert.Equal("2", (await call.ResponseHeadersAsync.WithinAsync()).GetValue("grpc-previous-rpc-attempts"));
    }

    [Fact]
    public async Task ServerStream_IsRetriedBeforeItsHeaders()
    {
        var requests = 0;
        await using var peer = await TextPeer.StartAsync(
            context => Interlocked.Increment(ref requests) < 3 ? TextPeer.Refuse(context, 14) : TextPeer.Echo()(context));
        using var channel = GrpcChannel.ForAddress(peer.Address, new GrpcChannelOptions { ServiceConfig = Policies.Retry() });

        using var call = channel.CreateCallInvoker().AsyncServerStreamingCall(TextMethods.ServerStream, null, default, "x");
        Assert.True(await call.ResponseStream.MoveNext(default).WithinAsync());
        Assert.Equal("x", call.ResponseStream.Current);
        Assert.False(await call.ResponseStream.MoveNext(default).WithinAsync());
    }

    [Fact]
    public async Task AttemptsRunOut_GivesTheLastStatus()
    {
        await using var peer = await TextPeer.StartAsync(context => TextPeer.Refuse(context, 14, "busy"));
        using var channel = GrpcChannel.ForAddress(peer.Address, new GrpcChannelOptions { ServiceConfig = Policies.Retry(attempts: 3) });

        Assert.Equal("busy", (await FailAsync(channel)).Status.Detail);
        Assert.Equal(3, peer.Requests);
    }

    [Fact]
    public async Task MaxRetryAttemptsOfTheChannel_Caps()
    {
        await using var peer = await TextPeer.StartAsync(context => TextPeer.Refuse(context, 14));
        using var channel = GrpcChannel.ForAddress(
            peer.Address, new GrpcChannelOptions { ServiceConfig = Policies.Retry(attempts: 10), MaxRetryAttempts = 2 });

        await FailAsync(channel);
        Assert.Equal(2, peer.Requests);
    }

    [Fact]
    public async Task OtherStatus_IsNotRetried()
    {
        await using var peer = await TextPeer.StartAsync(context => TextPeer.Refuse(context, 9));
        using var channel = GrpcChannel.ForAddress(peer.Address, new GrpcChannelOptions { ServiceConfig = Policies.Retry() });

        await FailAsync(channel);
        Assert.Equal(1, peer.Requests);
    }

    [Fact]
    public async Task StatusAfterHeaders_IsNotRetried()
    {
        await using var peer = await TextPeer.StartAsync(async context =>
        {
            TextPeer.Begin(context);
            await context.Response.StartAsync();
            TextPeer.End(context, 14);
        });
        using var channel = GrpcChannel.ForAddress(peer.Address, new GrpcChannelOptions { ServiceConfig = Policies.Retry() });

        await FailAsync(channel);
        Assert.Equal(1, peer.Requests);
    }

    [Fact]
    public async Task ConnectionThatBreaksAfterHeaders_IsRetriedWhileNobodyHasSeenThem()
    {
        await using var dying = FramePeer.Start(async (connection, id) =>
        {
            await connection.ResponseHeadersAsync(id);
            connection.Abort();
        });
        await using var peer = await TextPeer.StartAsync(TextPeer.Echo());
        using var channel = Channels.Over("pick_first", o => o.ServiceConfig = Policies.Retry(), dying.Endpoint, peer.Endpoint);

        Assert.Equal("x", await channel.CreateCallInvoker().AsyncUnaryCall(TextMethods.Unary, null, default, "x").ResponseAsync.WithinAsync());
    }

    [Fact]
    public async Task ConnectionThatBreaksAfterHeadersThatWereSeen_IsTheEnd()
    {
        var seen = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var dying = FramePeer.Start(async (connection, id) =>
        {
            await connection.ResponseHeadersAsync(id);
            await seen.Task;
            connection.Abort();
        });
        await using var peer = await TextPeer.StartAsync(TextPeer.Echo());
        using var channel = Channels.Over("pick_first", o => o.ServiceConfig = Policies.Retry(), dying.Endpoint, peer.Endpoint);

        using var call = channel.CreateCallInvoker().AsyncUnaryCall(TextMethods.Unary, null, default, "x");
        await call.ResponseHeadersAsync.WithinAsync();
        seen.SetResult();
        var error = await Assert.ThrowsAsync<RpcException>(() => call.ResponseAsync.WithinAsync());

        Assert.Equal(StatusCode.Unavailable, error.StatusCode);
        Assert.Equal(0, peer.Requests);
    }

    [Theory]
    [InlineData("-1")]
    [InlineData("soon")]
    public async Task Pushback_ThatForbids_IsObeyed(string pushback)
    {
        await using var peer = await TextPeer.StartAsync(context =>
        {
            context.Response.Headers["grpc-retry-pushback-ms"] = pushback;
            return TextPeer.Refuse(context, 14);
        });
        using var channel = GrpcChannel.ForAddress(peer.Address, new GrpcChannelOptions { ServiceConfig = Policies.Retry() });

        await FailAsync(channel);
        Assert.Equal(1, peer.Requests);
    }

    [Fact]
    public async Task Pushback_ReplacesTheBackoff()
    {
        var clock = new FakeTimeProvider();
        var requests = 0;
        await using var peer = await TextPeer.StartAsync(context =>
        {
            context.Response.Headers["grpc-retry-pushback-ms"] = "7000";
            return Interlocked.Increment(ref requests) == 1 ? TextPeer.Refuse(context, 14) : TextPeer.Echo()(context);
        });
        using var channel = GrpcChannel.ForAddress(
            peer.Address, new GrpcChannelOptions { ServiceConfig = Policies.Retry(backoffMs: 1), TimeProvider = clock });

        var call = channel.CreateCallInvoker().AsyncUnaryCall(TextMethods.Unary, null, default, "x");
        await clock.WaitForTimersAsync(1);
        Assert.Equal(TimeSpan.FromSeconds(7), clock.NextTimerDueIn);
        clock.Advance(TimeSpan.FromSeconds(7));

        Assert.Equal("x", await call.ResponseAsync.WithinAsync());
    }

    [Fact]
    public async Task Backoff_GrowsWithJitterUpToItsCap()
    {
        var clock = new FakeTimeProvider();
        await using var peer = await TextPeer.StartAsync(context => TextPeer.Refuse(context, 14));
        using var channel = GrpcChannel.ForAddress(
            peer.Address,
            new GrpcChannelOptions { ServiceConfig = Policies.Retry(attempts: 6, backoffMs: 1000), MaxRetryAttempts = 6, TimeProvider = clock });

        var call = channel.CreateCallInvoker().AsyncUnaryCall(TextMethods.Unary, null, default, "x");
        foreach (var expected in (double[])[1000, 2000, 4000, 8000, 10_000])
        {
            await clock.WaitForTimersAsync(1);
            Assert.InRange(clock.NextTimerDueIn!.Value.TotalMilliseconds, (expected * 0.8) - 1, (expected * 1.2) + 1);
            clock.Advance(clock.NextTimerDueIn.Value);
        }

        await Assert.ThrowsAsync<RpcException>(() => call.ResponseAsync.WithinAsync());
        Assert.Equal(6, peer.Requests);
    }

    [Fact]
    public async Task Deadline_CoversAllAttemptsAndTheirPauses()
    {
        await using var peer = await TextPeer.StartAsync(
            context => context.Request.Headers.ContainsKey("grpc-previous-rpc-attempts")
                ? new TaskCompletionSource().Task.WaitAsync(context.RequestAborted)
                : TextPeer.Refuse(context, 14, "busy"));
        using var channel = GrpcChannel.ForAddress(peer.Address, new GrpcChannelOptions { ServiceConfig = Policies.Retry(backoffMs: 1) });

        var options = new CallOptions(deadline: TimeProvider.System.GetUtcNow().UtcDateTime.AddMilliseconds(200));
        var call = channel.CreateCallInvoker().AsyncUnaryCall(TextMethods.Unary, null, options, "x");
        var error = await Assert.ThrowsAsync<RpcException>(() => call.ResponseAsync.WithinAsync());

        Assert.Equal(StatusCode.DeadlineExceeded, error.StatusCode);
        Assert.Equal(2, peer.Requests);
    }

    [Fact]
    public async Task PauseThatOutlastsTheDeadline_EndsTheCallAtOnceWithItsFailure()
    {
        await using var peer = await TextPeer.StartAsync(context => TextPeer.Refuse(context, 14, "busy"));
        using var channel = GrpcChannel.ForAddress(peer.Address, new GrpcChannelOptions { ServiceConfig = Policies.Retry(backoffMs: 60_000) });

        var options = new CallOptions(deadline: TimeProvider.System.GetUtcNow().UtcDateTime.AddSeconds(30));
        var call = channel.CreateCallInvoker().AsyncUnaryCall(TextMethods.Unary, null, options, "x");
        var error = await Assert.ThrowsAsync<RpcException>(() => call.ResponseAsync.WithinAsync());

        Assert.Equal(StatusCode.Unavailable, error.StatusCode);
        Assert.Contains("busy", error.Status.Detail, StringComparison.Ordinal);
        Assert.Equal(1, peer.Requests);
    }

    [Fact]
    public async Task RequestLargerThanItsBuffer_IsNotRetried()
    {
        await using var peer = await TextPeer.StartAsync(context => TextPeer.Refuse(context, 14));
        using var channel = GrpcChannel.ForAddress(
            peer.Address, new GrpcChannelOptions { ServiceConfig = Policies.Retry(), MaxRetryBufferPerCallSize = 100 });

        await FailAsync(channel, new string('x', 200));
        Assert.Equal(1, peer.Requests);
        await FailAsync(channel, "x");
        Assert.Equal(6, peer.Requests);
    }

    [Fact]
    public async Task CallsLargerThanTheBufferOfTheChannel_AreNotRetriedUntilThereIsRoom()
    {
        var arrived = 0;
        var release = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var peer = await TextPeer.StartAsync(async context =>
        {
            // The first call is kept for a third attempt while its second one takes long.
            if (Interlocked.Increment(ref arrived) == 2)
            {
                await release.Task;
            }

            await TextPeer.Refuse(context, 14);
        });
        using var channel = GrpcChannel.ForAddress(
            peer.Address, new GrpcChannelOptions { ServiceConfig = Policies.Retry(attempts: 3), MaxRetryBufferSize = 300 });

        var held = FailAsync(channel, new string('x', 200));
        await Eventually.TrueAsync(() => Volatile.Read(ref arrived) == 2);
        await FailAsync(channel, new string('x', 200));
        Assert.Equal(2 + 1, arrived);
        await FailAsync(channel, "x");
        Assert.Equal(3 + 3, arrived);

        release.SetResult();
        await held;
        Assert.Equal(6 + 1, arrived);
        await FailAsync(channel, new string('x', 200));
        Assert.Equal(7 + 3, arrived);
    }

    [Fact]
    public async Task MethodConfig_MostSpecificNameWins()
    {
        await using var peer = await TextPeer.StartAsync(context => TextPeer.Refuse(context, 14));
        var config = Policies.Retry(attempts: 2);
        var byService = Policies.Retry(attempts: 3).MethodConfigs[0];
        byService.Names.Clear();
        byService.Names.Add(new MethodName { Service = TextMethods.Service });
        config.MethodConfigs.Add(byService);
        var byMethod = Policies.Retry(attempts: 4).MethodConfigs[0];
        byMethod.Names.Clear();
        byMethod.Names.Add(new MethodName { Service = TextMethods.Service, Method = "Unary" });
        config.MethodConfigs.Add(byMethod);
        using var channel = GrpcChannel.ForAddress(peer.Address, new GrpcChannelOptions { ServiceConfig = config });

        await FailAsync(channel);
        Assert.Equal(4, peer.Requests);
        using var stream = channel.CreateCallInvoker().AsyncServerStreamingCall(TextMethods.ServerStream, null, default, "x");
        await Assert.ThrowsAsync<RpcException>(() => stream.ResponseStream.MoveNext(default).WithinAsync());
        Assert.Equal(7, peer.Requests);
    }

    private static Task<RpcException> FailAsync(GrpcChannel channel, string request = "x") => Assert.ThrowsAsync<RpcException>(
        () => channel.CreateCallInvoker().AsyncUnaryCall(TextMethods.Unary, null, default, request).ResponseAsync.WithinAsync());
}
