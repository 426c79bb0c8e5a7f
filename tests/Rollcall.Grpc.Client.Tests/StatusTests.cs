using System.Globalization;
using Grpc.Core;
using Microsoft.AspNetCore.Http;
using Rollcall.TestKit;

namespace Rollcall.Grpc.Client.Tests;

public class StatusTests
{
    [Fact]
    public async Task ServerStatus_ComesWithDetailAndTrailers()
    {
        await using var peer = await TextPeer.StartAsync(async context =>
        {
            TextPeer.Begin(context);
            await context.Response.StartAsync();
            context.Response.AppendTrailer("x-why", "because");
            TextPeer.End(context, 9, "%09no%25 %E2%98%BA");
        });
        using var channel = GrpcChannel.ForAddress(peer.Address);

        var error = await FailAsync(channel);

        Assert.Equal(StatusCode.FailedPrecondition, error.StatusCode);
        Assert.Equal("\tno% ☺", error.Status.Detail);
        Assert.Equal("because", error.Trailers.GetValue("x-why"));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task DetailOfOk_IsToldByTheStatus(bool withTheHeaders)
    {
        await using var peer = await TextPeer.StartAsync(async context =>
        {
            if (withTheHeaders)
            {
                await TextPeer.Refuse(context, 0, "fine%25");
                return;
            }

            TextPeer.Begin(context);
            await TextPeer.WriteMessageAsync(context, "x");
            TextPeer.End(context, 0, "fine%25");
        });
        using var channel = GrpcChannel.ForAddress(peer.Address);

        using var call = channel.CreateCallInvoker().AsyncServerStreamingCall(TextMethods.ServerStream, null, default, "x");
        Assert.Equal(withTheHeaders ? 0 : 1, await call.ResponseStream.ReadAllAsync().CountAsync().AsTask().WithinAsync());

        Assert.Equal(new Status(StatusCode.OK, "fine%"), call.GetStatus());
    }

    [Fact]
    public async Task StatusWithTheHeaders_IsTheStatusOfTheCall()
    {
        await using var peer = await TextPeer.StartAsync(context =>
        {
            context.Response.Headers["x-why"] = "because";
            return TextPeer.Refuse(context, 12, "no such method");
        });
        using var channel = GrpcChannel.ForAddress(peer.Address);

        using var call = channel.CreateCallInvoker().AsyncUnaryCall(TextMethods.Unary, null, default, "x");
        var error = await Assert.ThrowsAsync<RpcException>(() => call.ResponseAsync.WithinAsync());

        Assert.Equal(StatusCode.Unimplemented, error.StatusCode);
        Assert.Equal("no such method", error.Status.Detail);
        Assert.Equal("because", call.GetTrailers().GetValue("x-why"));
        Assert.Equal("because", (await call.ResponseHeadersAsync.WithinAsync()).GetValue("x-why"));
    }

    [Theory]
    [InlineData(400, StatusCode.Internal)]
    [InlineData(401, StatusCode.Unauthenticated)]
    [InlineData(403, StatusCode.PermissionDenied)]
    [InlineData(404, StatusCode.Unimplemented)]
    [InlineData(429, StatusCode.Unavailable)]
    [InlineData(431, StatusCode.Internal)]
    [InlineData(500, StatusCode.Unknown)]
    [InlineData(502, StatusCode.Unavailable)]
    [InlineData(503, StatusCode.Unavailable)]
    [InlineData(504, StatusCode.Unavailable)]
    public async Task HttpStatus_IsMapped(int http, StatusCode expected)
    {
        await using var peer = await TextPeer.StartAsync(context =>
        {
            context.Response.StatusCode = http;
            context.Response.Headers["x-why"] = "because";
            return Task.CompletedTask;
        });
        using var channel = GrpcChannel.ForAddress(peer.Address);

        using var call = channel.CreateCallInvoker().AsyncUnaryCall(TextMethods.Unary, null, default, "x");
        var error = await Assert.ThrowsAsync<RpcException>(() => call.ResponseAsync.WithinAsync());

        Assert.Equal(expected, error.StatusCode);
        Assert.Equal("because", (await call.ResponseHeadersAsync.WithinAsync()).GetValue("x-why"));
        Assert.Contains(http.ToString(CultureInfo.InvariantCulture), error.Status.Detail, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(0x0u, StatusCode.Internal)]
    [InlineData(0x1u, StatusCode.Internal)]
    [InlineData(0x2u, StatusCode.Internal)]
    [InlineData(0x8u, StatusCode.Cancelled)]
    [InlineData(0xbu, StatusCode.ResourceExhausted)]
    [InlineData(0xcu, StatusCode.PermissionDenied)]
    public async Task ResetBeforeAndAfterTheHeaders_IsMapped(uint errorCode, StatusCode expected)
    {
        await using var peer = FramePeer.Start(async (connection, id) =>
        {
            if (id > 1)
            {
                await connection.ResponseHeadersAsync(id);
            }

            await connection.ResetAsync(id, errorCode);
        });
        using var channel = GrpcChannel.ForAddress(peer.Address);

        Assert.Equal(expected, (await FailAsync(channel)).StatusCode);
        Assert.Equal(expected, (await FailAsync(channel)).StatusCode);
    }

    [Theory]
    [InlineData(1, false)]
    [InlineData(1_000_000, false)]
    [InlineData(1, true)]
    [InlineData(1_000_000, true)]
    public async Task ResetWithTheMessageHeldBack_GivesTheReason(int length, bool hedges)
    {
        var held = new TaskCompletionSource<FramePeerConnection>();
        await using var holding = FramePeer.Start(async (connection, id) =>
        {
            if (id > 1)
            {
                await connection.ResetAsync(id, 8);
                return;
            }

            // SETTINGS_INITIAL_WINDOW_SIZE 0: no message of a further stream gets through, nor this one's if it has not been sent yet. Who
            // answers without it says NO_ERROR (RFC 9113, 8.1), without which a client goes on waiting to send it.
            await connection.SendAsync(FrameType.Settings, Http2Flags.None, 0, [0, 4, 0, 0, 0, 0]);
            await connection.AnswerAsync(id, "held");
            await connection.ResetAsync(id, 0);
            held.SetResult(connection);
        });
        using var channel = GrpcChannel.ForAddress(holding.Address, new GrpcChannelOptions
        {
            ServiceConfig = hedges ? Policies.Hedge(2, TimeSpan.FromDays(1)) : null,
        });
        var invoker = channel.CreateCallInvoker();
        Assert.Equal("held", await CallAsync("a").WithinAsync());
        var peer = await held.Task.WithinAsync();

        var failing = CallAsync(new string('b', length));

        // SocketsHttpHandler keeps headers to itself until there is something else to send, which is the answer to a ping here.
        await Eventually.TrueAsync(async () =>
        {
            await peer.SendAsync(FrameType.Ping, Http2Flags.None, 0, new byte[8]);
            return failing.IsCompleted;
        });
        var error = await Assert.ThrowsAsync<RpcException>(() => failing);
        Assert.Equal(StatusCode.Cancelled, error.StatusCode);
        Assert.Contains("CANCEL", error.Status.Detail, StringComparison.Ordinal);

        Task<string> CallAsync(string text) => invoker.AsyncUnaryCall(TextMethods.Unary, null, default, text).ResponseAsync;
    }

    [Fact]
    public async Task RefusedStreamAgainAndAgain_IsUnavailable()
    {
        await using var peer = FramePeer.Start((connection, id) => connection.ResetAsync(id, 7));
        using var channel = GrpcChannel.ForAddress(peer.Address);

        var error = await FailAsync(channel);

        Assert.Equal(StatusCode.Unavailable, error.StatusCode);
        Assert.Contains("REFUSED_STREAM", error.Status.Detail, StringComparison.Ordinal);
    }

    [Fact]
    public async Task ContentTypeThatIsNotGrpc_IsUnknownAndSaysSo()
    {
        await using var peer = await TextPeer.StartAsync(context =>
        {
            context.Response.ContentType = "text/html";
            return context.Response.WriteAsync("<html>");
        });
        using var channel = GrpcChannel.ForAddress(peer.Address);

        var error = await FailAsync(channel);

        Assert.Equal(StatusCode.Unknown, error.StatusCode);
        Assert.Contains("text/html", error.Status.Detail, StringComparison.Ordinal);
    }

    [Fact]
    public async Task EndWithoutStatus_IsUnknown()
    {
        await using var peer = await TextPeer.StartAsync(context =>
        {
            TextPeer.Begin(context);
            return TextPeer.WriteMessageAsync(context, "x");
        });
        using var channel = GrpcChannel.ForAddress(peer.Address);

        Assert.Equal(StatusCode.Unknown, (await FailAsync(channel)).StatusCode);
    }

    [Theory]
    [InlineData("99", StatusCode.Unknown)]
    [InlineData("-1", StatusCode.Unknown)]
    [InlineData("abc", StatusCode.Unknown)]
    [InlineData("5", StatusCode.NotFound)]
    public async Task StatusValue_IsReadLeniently(string value, StatusCode expected)
    {
        await using var peer = await TextPeer.StartAsync(context =>
        {
            TextPeer.Begin(context);
            context.Response.Headers["grpc-status"] = value;
            return Task.CompletedTask;
        });
        using var channel = GrpcChannel.ForAddress(peer.Address);

        Assert.Equal(expected, (await FailAsync(channel)).StatusCode);
    }

    [Fact]
    public async Task OkWithoutMessage_IsInternal()
    {
        await using var peer = await TextPeer.StartAsync(async context =>
        {
            TextPeer.Begin(context);
            await context.Response.StartAsync();
            TextPeer.End(context, 0);
        });
        using var channel = GrpcChannel.ForAddress(peer.Address);

        Assert.Equal(StatusCode.Internal, (await FailAsync(channel)).StatusCode);
    }

    [Fact]
    public async Task TwoMessagesForOne_IsInternal()
    {
        await using var peer = await TextPeer.StartAsync(async context =>
        {
            TextPeer.Begin(context);
            await TextPeer.WriteMessageAsync(context, "1");
            await TextPeer.WriteMessageAsync(context, "2");
            TextPeer.End(context, 0);
        });
        using var channel = GrpcChannel.ForAddress(peer.Address);

        Assert.Equal(StatusCode.Internal, (await FailAsync(channel)).StatusCode);
    }

    [Fact]
    public async Task EndInTheMiddleOfAMessage_IsInternal()
    {
        await using var peer = await TextPeer.StartAsync(async context =>
        {
            TextPeer.Begin(context);
            await context.Response.Body.WriteAsync(TextPeer.Frame("hello"u8).AsMemory(0, 7));
            TextPeer.End(context, 0);
        });
        using var channel = GrpcChannel.ForAddress(peer.Address);

        Assert.Equal(StatusCode.Internal, (await FailAsync(channel)).StatusCode);
    }

    private static Task<RpcException> FailAsync(GrpcChannel channel) => Assert.ThrowsAsync<RpcException>(
        () => channel.CreateCallInvoker().AsyncUnaryCall(TextMethods.Unary, null, default, "x").ResponseAsync.WithinAsync());
}
