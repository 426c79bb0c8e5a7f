using Grpc.Core;
using Microsoft.AspNetCore.Http;
using Rollcall.TestKit;

namespace Rollcall.Grpc.Client.Tests;

public class UnaryCallTests
{
    [Fact]
    public async Task Call_ReturnsTheAnswerStatusHeadersAndTrailers()
    {
        await using var peer = await TextPeer.StartAsync(async context =>
        {
            TextPeer.Begin(context);
            context.Response.Headers["x-head"] = "h";
            var message = await TextPeer.ReadMessageAsync(context);
            await TextPeer.WriteMessageAsync(context, $"{message} {context.Request.Path} {context.Request.Headers.TE} {context.Request.ContentType}");
            context.Response.AppendTrailer("x-tail-bin", "AQI");
            TextPeer.End(context, 0);
        });
        using var channel = GrpcChannel.ForAddress(peer.Address);

        using var call = channel.CreateCallInvoker().AsyncUnaryCall(TextMethods.Unary, null, default, "hello");

        Assert.Equal("hello /test.Text/Unary trailers application/grpc", await call.ResponseAsync.WithinAsync());
        Assert.Equal("h", (await call.ResponseHeadersAsync.WithinAsync()).GetValue("x-head"));
        Assert.Equal(StatusCode.OK, call.GetStatus().StatusCode);
        Assert.Equal([1, 2], call.GetTrailers().GetValueBytes("x-tail-bin"));
    }

    [Fact]
    public async Task BlockingCall_ReturnsTheAnswer()
    {
        await using var peer = await TextPeer.StartAsync(TextPeer.Echo("> "));
        using var channel = GrpcChannel.ForAddress(peer.Address);

        var answer = await Task.Run(() => channel.CreateCallInvoker().BlockingUnaryCall(TextMethods.Unary, null, default, "hello")).WithinAsync();

        Assert.Equal("> hello", answer);
    }
}
