using System.Text;
using Grpc.Core;
using Microsoft.AspNetCore.Http;
using Rollcall.TestKit;

namespace Rollcall.Grpc.Client.Tests;

public class StreamingTests
{
    [Fact]
    public async Task ServerStream_GivesAllMessagesInOrder()
    {
        const int Count = 5000;
        await using var peer = await TextPeer.StartAsync(async context =>
        {
            TextPeer.Begin(context);
            for (var i = 0; i < Count; i++)
            {
                // Many to a flush, and frames that end anywhere in a read.
                await context.Response.BodyWriter.WriteAsync(TextPeer.Frame(Encoding.UTF8.GetBytes(new string('x', i % 97) + i)));
            }

            TextPeer.End(context, 0);
        });
        using var channel = GrpcChannel.ForAddress(peer.Address);

        using var call = channel.CreateCallInvoker().AsyncServerStreamingCall(TextMethods.ServerStream, null, default, "x");
        var seen = 0;
        while (await call.ResponseStream.MoveNext(default).WithinAsync())
        {
            Assert.Equal(new string('x', seen % 97) + seen, call.ResponseStream.Current);
            seen++;
        }

        Assert.Equal(Count, seen);
        Assert.Equal(StatusCode.OK, call.GetStatus().StatusCode);
        Assert.False(await call.ResponseStream.MoveNext(default).WithinAsync());
    }

    [Fact]
    public async Task ServerStream_WithTheStatusInTheHeaders_IsEmpty()
    {
        await using var peer = await TextPeer.StartAsync(context => TextPeer.Refuse(context, 0));
        using var channel = GrpcChannel.ForAddress(peer.Address);

        using var call = channel.CreateCallInvoker().AsyncServerStreamingCall(TextMethods.ServerStream, null, default, "x");

        Assert.False(await call.ResponseStream.MoveNext(default).WithinAsync());
        Assert.Equal(StatusCode.OK, call.GetStatus().StatusCode);
    }

    [Fact]
    public async Task ServerStream_ThatFailsAfterMessages_ThrowsAfterThem()
    {
        await using var peer = await TextPeer.StartAsync(async context =>
        {
            TextPeer.Begin(context);
            await TextPeer.WriteMessageAsync(context, "1");
            TextPeer.End(context, 15, "lost");
        });
        using var channel = GrpcChannel.ForAddress(peer.Address);

        using var call = channel.CreateCallInvoker().AsyncServerStreamingCall(TextMethods.ServerStream, null, default, "x");
        Assert.True(await call.ResponseStream.MoveNext(default).WithinAsync());
        var error = await Assert.ThrowsAsync<RpcException>(() => call.ResponseStream.MoveNext(default).WithinAsync());

        Assert.Equal(StatusCode.DataLoss, error.StatusCode);
        Assert.Equal("lost", call.GetStatus().Detail);
    }

    [Fact]
    public async Task ClientStream_GathersAllMessages()
    {
        await using var peer = await TextPeer.StartAsync(async context =>
        {
            TextPeer.Begin(context);
            var count = 0;
            var length = 0;
            await foreach (var message in TextPeer.ReadMessagesAsync(context))
            {
                count++;
                length += message.Length;
            }

            await TextPeer.WriteMessageAsync(context, $"{count} {length}");
            TextPeer.End(context, 0);
        });
        using var channel = GrpcChannel.ForAddress(peer.Address);

        using var call = channel.CreateCallInvoker().AsyncClientStreamingCall(TextMethods.ClientStream, null, default);
        for (var i = 0; i < 300; i++)
        {
            await call.RequestStream.WriteAsync(new string('x', 1000)).WithinAsync();
        }

        await call.RequestStream.CompleteAsync().WithinAsync();

        Assert.Equal("300 300000", await call.ResponseAsync.WithinAsync());
    }

    [Fact]
    public async Task Duplex_PingPong()
    {
        await using var peer = await TextPeer.StartAsync(TextPeer.Echo("> "));
        using var channel = GrpcChannel.ForAddress(peer.Address);

        using var call = channel.CreateCallInvoker().AsyncDuplexStreamingCall(TextMethods.Duplex, null, default);
        for (var i = 0; i < 100; i++)
        {
            await call.RequestStream.WriteAsync($"{i}").WithinAsync();
            Assert.True(await call.ResponseStream.MoveNext(default).WithinAsync());
            Assert.Equal($"> {i}", call.ResponseStream.Current);
        }

        await call.RequestStream.CompleteAsync().WithinAsync();
        Assert.False(await call.ResponseStream.MoveNext(default).WithinAsync());
        Assert.Equal(StatusCode.OK, call.GetStatus().StatusCode);
    }

    [Fact]
    public async Task Duplex_ServerSpeaksFirst()
    {
        // The headers must go out before the first message is written.
        await using var peer = await TextPeer.StartAsync(async context =>
        {
            TextPeer.Begin(context);
            await TextPeer.WriteMessageAsync(context, "welcome");
            await TextPeer.WriteMessageAsync(context, (await TextPeer.ReadMessageAsync(context))!);
            TextPeer.End(context, 0);
        });
        using var channel = GrpcChannel.ForAddress(peer.Address);

        using var call = channel.CreateCallInvoker().AsyncDuplexStreamingCall(TextMethods.Duplex, null, default);
        Assert.True(await call.ResponseStream.MoveNext(default).WithinAsync());
        Assert.Equal("welcome", call.ResponseStream.Current);
        await call.RequestStream.WriteAsync("thanks").WithinAsync();
        Assert.True(await call.ResponseStream.MoveNext(default).WithinAsync());
        Assert.Equal("thanks", call.ResponseStream.Current);
    }

    [Fact]
    public async Task Duplex_WithoutAnyMessage_EndsWell()
    {
        await using var peer = await TextPeer.StartAsync(TextPeer.Echo());
        using var channel = GrpcChannel.ForAddress(peer.Address);

        for (var i = 0; i < 50; i++)
        {
            using var call = channel.CreateCallInvoker().AsyncDuplexStreamingCall(TextMethods.Duplex, null, default);
            await call.RequestStream.CompleteAsync().WithinAsync();
            Assert.False(await call.ResponseStream.MoveNext(default).WithinAsync());
        }
    }

    [Theory]
    [InlineData(0)]
    [InlineData(7)]
    public async Task StatusWhileTheClientStillWrites_EndsTheWritesAndIsSeen(int status)
    {
        await using var peer = await TextPeer.StartAsync(async context =>
        {
            TextPeer.Begin(context);
            await TextPeer.ReadMessageAsync(context);
            if (status == 0)
            {
                await TextPeer.WriteMessageAsync(context, "enough");
            }

            TextPeer.End(context, status);
        });
        using var channel = GrpcChannel.ForAddress(peer.Address);

        for (var i = 0; i < 20; i++)
        {
            using var call = channel.CreateCallInvoker().AsyncClientStreamingCall(TextMethods.ClientStream, null, default);
            var writing = WriteUntilRefusedAsync(call.RequestStream);
            if (status == 0)
            {
                Assert.Equal("enough", await call.ResponseAsync.WithinAsync());
                Assert.Equal(StatusCode.OK, Assert.IsType<RpcException>(await writing.WithinAsync()).StatusCode);
            }
            else
            {
                var error = await Assert.ThrowsAsync<RpcException>(() => call.ResponseAsync.WithinAsync());
                Assert.Equal(StatusCode.PermissionDenied, error.StatusCode);
                Assert.Equal(StatusCode.PermissionDenied, Assert.IsType<RpcException>(await writing.WithinAsync()).StatusCode);
            }
        }
    }

    [Fact]
    public async Task DuplexStatusWhileTheClientStillWrites_IsSeenByReading()
    {
        await using var peer = await TextPeer.StartAsync(async context =>
        {
            TextPeer.Begin(context);
            await TextPeer.ReadMessageAsync(context);
            await TextPeer.WriteMessageAsync(context, "enough");
            TextPeer.End(context, 7);
        });
        using var channel = GrpcChannel.ForAddress(peer.Address);

        using var call = channel.CreateCallInvoker().AsyncDuplexStreamingCall(TextMethods.Duplex, null, default);
        Assert.IsType<RpcException>(await WriteUntilRefusedAsync(call.RequestStream).WithinAsync());
        Assert.True(await call.ResponseStream.MoveNext(default).WithinAsync());
        var error = await Assert.ThrowsAsync<RpcException>(() => call.ResponseStream.MoveNext(default).WithinAsync());

        Assert.Equal(StatusCode.PermissionDenied, error.StatusCode);
    }

    [Fact]
    public async Task EarlyStatusAmidALongMessage_NothingOfItFollowsTheReset()
    {
        var opened = new TaskCompletionSource<(FramePeerConnection Connection, int Id)>(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var peer = FramePeer.Start(
            (connection, id) =>
            {
                opened.SetResult((connection, id));
                return Task.CompletedTask;
            },
            new Http2Frame(FrameType.Settings, Http2Flags.None, 0, [0, 4, 0, 0x7f, 0xff, 0xff])); // SETTINGS_INITIAL_WINDOW_SIZE: room for all of it

        // A clock that stands still: the write has all the time it takes.
        using var channel = GrpcChannel.ForAddress(peer.Address, new GrpcChannelOptions { TimeProvider = new FakeTimeProvider() });
        using var call = channel.CreateCallInvoker().AsyncClientStreamingCall(TextMethods.ClientStream, null, default);

        // The connection has room for 65,535 bytes (RFC 9113, 6.9.2), and so holds back what is left.
        var writing = call.RequestStream.WriteAsync(new string('x', 200_000));
        var (seen, id) = await opened.Task.WithinAsync();
        await Eventually.TrueAsync(() => !seen.Bodies.IsEmpty);
        await seen.AnswerAsync(id, "enough");
        Assert.Equal("enough", await call.ResponseAsync.WithinAsync());
        await Eventually.SettledAsync(() => seen.Bodies.Count);
        await seen.SendAsync(FrameType.WindowUpdate, Http2Flags.None, 0, [0, 0x7f, 0xff, 0xff]);
        await Eventually.TrueAsync(() => seen.Bodies.Any(frame => frame.Type == FrameType.RstStream));
        await writing.WithinAsync();
        await Eventually.SettledAsync(() => seen.Bodies.Count);

        // A server takes DATA of a stream that was reset for an error of the connection, and ends the calls of all others.
        Assert.Equal(FrameType.RstStream, seen.Bodies.Last().Type);
    }

    [Fact]
    public async Task EarlyStatusAmidALongMessageThatNobodyTakes_EndsTheWrite()
    {
        var time = new FakeTimeProvider();
        var opened = new TaskCompletionSource<(FramePeerConnection Connection, int Id)>(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var peer = FramePeer.Start((connection, id) =>
        {
            opened.SetResult((connection, id));
            return Task.CompletedTask;
        });
        using var channel = GrpcChannel.ForAddress(peer.Address, new GrpcChannelOptions { TimeProvider = time });
        using var call = channel.CreateCallInvoker().AsyncClientStreamingCall(TextMethods.ClientStream, null, default);

        var writing = call.RequestStream.WriteAsync(new string('x', 200_000));
        var (connection, id) = await opened.Task.WithinAsync();
        await Eventually.TrueAsync(() => !connection.Bodies.IsEmpty);
        await connection.AnswerAsync(id, "enough");
        Assert.Equal("enough", await call.ResponseAsync.WithinAsync());
        await time.WaitForTimerDueInAsync(TimeSpan.FromSeconds(1));
        Assert.False(writing.IsCompleted);
        time.Advance(TimeSpan.FromSeconds(1));

        Assert.Equal(StatusCode.OK, (await Assert.ThrowsAsync<RpcException>(() => writing.WithinAsync())).StatusCode);
    }

    [Fact]
    public async Task SlowServer_HoldsTheWriterBack()
    {
        var go = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var peer = await TextPeer.StartAsync(async context =>
        {
            await go.Task;
            await TextPeer.Echo()(context);
        });
        using var channel = GrpcChannel.ForAddress(peer.Address);

        using var call = channel.CreateCallInvoker().AsyncDuplexStreamingCall(TextMethods.Duplex, null, default);
        var written = 0;
        var writing = Task.Run(async () =>
        {
            for (var i = 0; i < 400; i++)
            {
                await call.RequestStream.WriteAsync(new string('x', 10_000));
                Interlocked.Increment(ref written);
            }

            await call.RequestStream.CompleteAsync();
        });
        await Eventually.TrueAsync(() => Volatile.Read(ref written) >= 5);
        var before = -1;
        await Eventually.TrueAsync(() =>
        {
            var same = before == Volatile.Read(ref written);
            before = Volatile.Read(ref written);
            return same;
        });
        Assert.InRange(written, 5, 200);

        go.SetResult();
        var read = 0;
        while (await call.ResponseStream.MoveNext(default).WithinAsync())
        {
            read++;
        }

        Assert.Equal(400, read);
        await writing.WithinAsync();
    }

    [Fact]
    public async Task WrongUseOfTheStreams_IsRefused()
    {
        var go = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var peer = await TextPeer.StartAsync(async context =>
        {
            await go.Task;
            await TextPeer.Echo()(context);
        });
        using var channel = GrpcChannel.ForAddress(peer.Address);
        using var call = channel.CreateCallInvoker().AsyncDuplexStreamingCall(TextMethods.Duplex, null, default);

        Assert.Null(call.ResponseStream.Current);
        Assert.Throws<InvalidOperationException>(() => call.GetStatus());
        Assert.Throws<InvalidOperationException>(() => call.GetTrailers());
        var read = call.ResponseStream.MoveNext(default);
        Assert.Throws<InvalidOperationException>(() => { _ = call.ResponseStream.MoveNext(default); });
        var first = call.RequestStream.WriteAsync(new string('x', 1_000_000));
        await Assert.ThrowsAsync<InvalidOperationException>(() => call.RequestStream.WriteAsync("y").WithinAsync());
        var completing = call.RequestStream.CompleteAsync();
        await Assert.ThrowsAsync<InvalidOperationException>(() => completing.WithinAsync());
        go.SetResult();
        await first.WithinAsync();
        Assert.True(await read.WithinAsync());
        await call.RequestStream.CompleteAsync().WithinAsync();
        await Assert.ThrowsAsync<InvalidOperationException>(() => call.RequestStream.WriteAsync("z").WithinAsync());
        Assert.NotNull(call.ResponseStream.Current);
        Assert.False(await call.ResponseStream.MoveNext(default).WithinAsync());
        Assert.Null(call.ResponseStream.Current);
    }

    [Fact]
    public async Task WriteWithBufferHint_WaitsForTheNextOne()
    {
        await using var peer = await TextPeer.StartAsync(TextPeer.Echo());
        using var channel = GrpcChannel.ForAddress(peer.Address);

        using var call = channel.CreateCallInvoker().AsyncDuplexStreamingCall(TextMethods.Duplex, null, default);
        call.RequestStream.WriteOptions = new WriteOptions(WriteFlags.BufferHint);
        await call.RequestStream.WriteAsync("a").WithinAsync();
        call.RequestStream.WriteOptions = null;
        await call.RequestStream.WriteAsync("b").WithinAsync();
        Assert.True(await call.ResponseStream.MoveNext(default).WithinAsync());
        Assert.Equal("a", call.ResponseStream.Current);
        Assert.True(await call.ResponseStream.MoveNext(default).WithinAsync());
        Assert.Equal("b", call.ResponseStream.Current);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Handler_ThatAnswersBeforeItAsksForTheBody_GetsEveryMessage(bool refusesFirst)
    {
        var refusal = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        using var handler = new HeadersFirstHandler(refusesFirst ? refusal.Task : null);
        await using var channel = Channels.Over("pick_first", o => o.HttpHandler = handler, Channels.Nobody(), Channels.Nobody());
        using var call = channel.CreateCallInvoker().AsyncDuplexStreamingCall(TextMethods.Duplex, null, default);

        var first = call.RequestStream.WriteAsync("a");
        if (refusesFirst)
        {
            // It went out and is kept for the next attempt.
            await first.WithinAsync();
            refusal.SetResult();
        }

        await call.ResponseHeadersAsync.WithinAsync();
        handler.ReadBody();
        await first.WithinAsync();
        await call.RequestStream.WriteAsync("b").WithinAsync();
        await call.RequestStream.CompleteAsync().WithinAsync();

        Assert.True(await call.ResponseStream.MoveNext(default).WithinAsync());
        Assert.Equal("a", call.ResponseStream.Current);
        Assert.True(await call.ResponseStream.MoveNext(default).WithinAsync());
        Assert.Equal("b", call.ResponseStream.Current);
        Assert.False(await call.ResponseStream.MoveNext(default).WithinAsync());
    }

    private static async Task<Exception> WriteUntilRefusedAsync(IClientStreamWriter<string> stream)
    {
        try
        {
            while (true)
            {
                await stream.WriteAsync(new string('x', 5000));
            }
        }
        catch (Exception e)
        {
            return e;
        }
    }
}
