using System.Collections.Concurrent;
using System.Globalization;
using Grpc.Core;
using Microsoft.AspNetCore.Http;
using Rollcall.TestKit;

namespace Rollcall.Grpc.Client.Tests;

/// <summary>Retries of calls whose requests the caller writes: what was written goes to each attempt.</summary>
public class StreamRetryTests
{
    [Fact]
    public async Task ClientStream_IsRetriedWithAllMessagesUntilItIsAnswered()
    {
        var attempts = new ConcurrentQueue<string>();
        await using var peer = await TextPeer.StartAsync(async context =>
        {
            var messages = await TextPeer.ReadMessagesAsync(context).ToListAsync();
            attempts.Enqueue($"{context.Request.Headers["grpc-previous-rpc-attempts"]}:{string.Join(',', messages)}");
            if (attempts.Count < 3)
            {
                await TextPeer.Refuse(context, 14);
                return;
            }

            TextPeer.Begin(context);
            await TextPeer.WriteMessageAsync(context, "done");
            TextPeer.End(context, 0);
        });
        using var channel = GrpcChannel.ForAddress(peer.Address, new GrpcChannelOptions { ServiceConfig = Policies.Retry() });

        using var call = channel.CreateCallInvoker().AsyncClientStreamingCall(TextMethods.ClientStream, null, default);
        await call.RequestStream.WriteAsync("a").WithinAsync();
        await call.RequestStream.WriteAsync("b").WithinAsync();
        await call.RequestStream.CompleteAsync().WithinAsync();

        Assert.Equal("done", await call.ResponseAsync.WithinAsync());
        Assert.Equal([":a,b", "1:a,b", "2:a,b"], attempts);
        Assert.Equal("2", (await call.ResponseHeadersAsync.WithinAsync()).GetValue("grpc-previous-rpc-attempts"));
    }

    [Fact]
    public async Task Duplex_WhatIsWrittenBetweenTwoAttempts_IsOfTheNext()
    {
        var clock = new FakeTimeProvider();
        await using var peer = await TextPeer.StartAsync(async context =>
        {
            if (context.Request.Headers.ContainsKey("grpc-previous-rpc-attempts"))
            {
                await TextPeer.Echo()(context);
                return;
            }

            await TextPeer.ReadMessageAsync(context);
            await TextPeer.Refuse(context, 14);
        });
        using var channel = GrpcChannel.ForAddress(
            peer.Address, new GrpcChannelOptions { ServiceConfig = Policies.Retry(backoffMs: 60_000), TimeProvider = clock });

        using var call = channel.CreateCallInvoker().AsyncDuplexStreamingCall(TextMethods.Duplex, null, default);
        await call.RequestStream.WriteAsync("1").WithinAsync();
        await clock.WaitForTimersAsync(1);
        var between = call.RequestStream.WriteAsync("2");
        Assert.False(between.IsCompleted);
        clock.Advance(clock.NextTimerDueIn!.Value);
        await between.WithinAsync();
        await call.RequestStream.WriteAsync("3").WithinAsync();
        await call.RequestStream.CompleteAsync().WithinAsync();

        Assert.Equal(["1", "2", "3"], await call.ResponseStream.ReadAllAsync().ToListAsync().AsTask().WithinAsync());
        Assert.Equal(2, peer.Requests);
    }

    [Fact]
    public async Task WhatIsWrittenWhileAttemptsFail_ComesOnceAndInOrder()
    {
        await using var peer = await TextPeer.StartAsync(async context =>
        {
            if (context.Request.Headers["grpc-previous-rpc-attempts"] == "2")
            {
                await TextPeer.Echo()(context);
                return;
            }

            await TextPeer.ReadMessagesAsync(context).Take(int.Parse(context.Request.Headers["x-until"]!, CultureInfo.InvariantCulture)).CountAsync();
            await TextPeer.Refuse(context, 14);
        });
        using var channel = GrpcChannel.ForAddress(peer.Address, new GrpcChannelOptions { ServiceConfig = Policies.Retry() });
        var sent = Enumerable.Range(0, 30).Select(static i => $"{i}").ToList();

        for (var i = 0; i < 60; i++)
        {
            var options = new CallOptions(new Metadata { { "x-until", $"{i % 20}" } });
            using var call = channel.CreateCallInvoker().AsyncDuplexStreamingCall(TextMethods.Duplex, null, options);
            var received = call.ResponseStream.ReadAllAsync().ToListAsync().AsTask();
            foreach (var message in sent)
            {
                await call.RequestStream.WriteAsync(message).WithinAsync();
            }

            await call.RequestStream.CompleteAsync().WithinAsync();
            Assert.Equal(sent, await received.WithinAsync());
        }
    }

    [Fact]
    public async Task CallThatIsGivenUpBetweenTwoAttempts_EndsTheWriteThatWaits()
    {
        var clock = new FakeTimeProvider();
        await using var peer = await TextPeer.StartAsync(static context => TextPeer.Refuse(context, 14));
        using var channel = GrpcChannel.ForAddress(
            peer.Address, new GrpcChannelOptions { ServiceConfig = Policies.Retry(backoffMs: 60_000), TimeProvider = clock });

        var call = channel.CreateCallInvoker().AsyncClientStreamingCall(TextMethods.ClientStream, null, default);
        await clock.WaitForTimersAsync(1);
        var write = call.RequestStream.WriteAsync("x");
        call.Dispose();

        Assert.Equal(StatusCode.Cancelled, (await Assert.ThrowsAsync<RpcException>(() => write.WithinAsync())).StatusCode);
    }

    [Fact]
    public async Task StreamThatWasCompletedBeforeItsRetry_HoldsNoBufferOnceItIsAnswered()
    {
        await using var peer = await TextPeer.StartAsync(async context =>
        {
            await TextPeer.ReadMessagesAsync(context).CountAsync();
            if (!context.Request.Headers.ContainsKey("grpc-previous-rpc-attempts"))
            {
                await TextPeer.Refuse(context, 14);
                return;
            }

            TextPeer.Begin(context);
            await TextPeer.WriteMessageAsync(context, "first");
            await TextPeer.Hang(context);
        });

        // Room for the message of one call.
        using var channel = GrpcChannel.ForAddress(peer.Address, new GrpcChannelOptions { ServiceConfig = Policies.Retry(), MaxRetryBufferSize = 40_000 });
        for (var i = 0; i < 3; i++)
        {
            var call = channel.CreateCallInvoker().AsyncDuplexStreamingCall(TextMethods.Duplex, null, default);
            await call.RequestStream.WriteAsync(new string('x', 30_000)).WithinAsync();
            await call.RequestStream.CompleteAsync().WithinAsync();

            Assert.True(await call.ResponseStream.MoveNext(default).WithinAsync());
        }
    }

    [Theory]
    [InlineData(30_000, 1024 * 1024, 2)]
    [InlineData(100, 600, 1)]
    [InlineData(100, 1000, 2)]
    [InlineData(1, 200, 1)]
    public async Task Stream_IsRetriedAsLongAsTheBufferHoldsIt(int messageBytes, long bufferBytes, int attempts)
    {
        var written = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var peer = await TextPeer.StartAsync(async context =>
        {
            if (context.Request.Headers.ContainsKey("grpc-previous-rpc-attempts"))
            {
                await TextPeer.Echo()(context);
                return;
            }

            Assert.Equal(5, await TextPeer.ReadMessagesAsync(context).Take(5).CountAsync());
            await written.Task;
            await TextPeer.Refuse(context, 14);
        });
        using var channel = GrpcChannel.ForAddress(
            peer.Address, new GrpcChannelOptions { ServiceConfig = Policies.Retry(), MaxRetryBufferPerCallSize = bufferBytes });

        using var call = channel.CreateCallInvoker().AsyncDuplexStreamingCall(TextMethods.Duplex, null, default);
        for (var i = 0; i < 5; i++)
        {
            await call.RequestStream.WriteAsync(new string('x', messageBytes)).WithinAsync();
        }

        written.SetResult();
        if (attempts == 1)
        {
            await Assert.ThrowsAsync<RpcException>(() => call.ResponseStream.MoveNext().WithinAsync());
        }
        else
        {
            await call.RequestStream.CompleteAsync().WithinAsync();
            Assert.Equal(5, await call.ResponseStream.ReadAllAsync().CountAsync().AsTask().WithinAsync());
        }

        Assert.Equal(attempts, peer.Requests);
    }

    [Fact]
    public async Task BufferOfTheChannel_IsSharedByItsStreamsAndGivenBack()
    {
        await using var peer = await TextPeer.StartAsync(static async context =>
        {
            if (context.Request.Headers.ContainsKey("grpc-previous-rpc-attempts"))
            {
                await TextPeer.Echo()(context);
                return;
            }

            await TextPeer.ReadMessagesAsync(context).CountAsync();
            await TextPeer.Refuse(context, 14);
        });
        using var channel = GrpcChannel.ForAddress(
            peer.Address, new GrpcChannelOptions { ServiceConfig = Policies.Retry(), MaxRetryBufferSize = 400 });
        var invoker = channel.CreateCallInvoker();

        for (var i = 0; i < 3; i++)
        {
            using var first = invoker.AsyncClientStreamingCall(TextMethods.ClientStream, null, default);
            await first.RequestStream.WriteAsync(new string('x', 200)).WithinAsync();
            using var second = invoker.AsyncClientStreamingCall(TextMethods.ClientStream, null, default);
            await second.RequestStream.WriteAsync(new string('y', 200)).WithinAsync();
            await second.RequestStream.CompleteAsync().WithinAsync();
            await Assert.ThrowsAsync<RpcException>(() => second.ResponseAsync.WithinAsync());
            await first.RequestStream.CompleteAsync().WithinAsync();

            Assert.Equal(new string('x', 200), await first.ResponseAsync.WithinAsync());
        }
    }
}
