using System.Collections.Concurrent;
using Grpc.Core;
using Microsoft.AspNetCore.Http;
using Rollcall.TestKit;

namespace Rollcall.Grpc.Client.Tests;

public class MetadataTests
{
    [Fact]
    public async Task RequestMetadata_ArrivesAndReservedNamesDoNot()
    {
        IHeaderDictionary? seen = null;
        await using var peer = await TextPeer.StartAsync(context =>
        {
            seen = new HeaderDictionary(context.Request.Headers.ToDictionary(StringComparer.OrdinalIgnoreCase));
            return TextPeer.Echo()(context);
        });
        using var channel = GrpcChannel.ForAddress(peer.Address);
        var metadata = new Metadata
        {
            { "X-Text", "a b" }, { "x-twice", "1" }, { "x-twice", "2" }, { "x-data-bin", [1, 2, 3, 250] }, { "grpc-timeout", "1n" }, { "te", "gzip" },
            { "user-agent", "mine" },
        };

        await channel.CreateCallInvoker().AsyncUnaryCall(TextMethods.Unary, null, new CallOptions(metadata), "x").ResponseAsync.WithinAsync();

        Assert.Equal("a b", seen!["x-text"]);
        Assert.Equal("1,2", string.Join(',', seen["x-twice"].ToString().Split(", ")));
        Assert.Equal("AQID+g", seen["x-data-bin"]);
        Assert.False(seen.ContainsKey("grpc-timeout"));
        Assert.Equal("trailers", seen.TE);
        Assert.Equal("mine", seen.UserAgent);
        Assert.Equal("identity,gzip,deflate", seen["grpc-accept-encoding"]);
        Assert.Equal("application/grpc", seen.ContentType);
    }

    /// <summary>Names that HTTP counts to the body, and .NET keeps apart for that.</summary>
    [Theory]
    [InlineData("allow")]
    [InlineData("content-disposition")]
    [InlineData("content-encoding")]
    [InlineData("content-language")]
    [InlineData("content-location")]
    [InlineData("content-md5")]
    [InlineData("content-range")]
    [InlineData("expires")]
    [InlineData("last-modified")]
    public async Task MetadataNamedAsHeadersOfABody_GoesThereAndBack(string name)
    {
        await using var peer = await TextPeer.StartAsync(async context =>
        {
            context.Response.Headers[name] = $"{context.Request.Headers[name]}, in headers";
            TextPeer.Begin(context);
            await TextPeer.WriteMessageAsync(context, "x");
            context.Response.AppendTrailer(name, "in trailers");
            TextPeer.End(context, 0);
        });
        using var channel = GrpcChannel.ForAddress(peer.Address, new GrpcChannelOptions { UnsafeUseInsecureChannelCallCredentials = true });
        var invoker = channel.CreateCallInvoker();
        foreach (var viaCredentials in (bool[])[false, true, false])
        {
            var metadata = new Metadata { { name, "sent" } };
            var options = viaCredentials
                ? new CallOptions(credentials: CallCredentials.FromInterceptor((_, given) =>
                {
                    given.Add(name, "sent");
                    return Task.CompletedTask;
                }))
                : new CallOptions(metadata);

            using var call = invoker.AsyncUnaryCall(TextMethods.Unary, null, options, "x");
            await call.ResponseAsync.WithinAsync();

            Assert.Equal("sent, in headers", (await call.ResponseHeadersAsync.WithinAsync()).GetValue(name));
            Assert.Equal("in trailers", call.GetTrailers().GetValue(name));

            // The next call has none of it, whatever it shares with this one.
            using var next = invoker.AsyncUnaryCall(TextMethods.Unary, null, default, "x");
            await next.ResponseAsync.WithinAsync();
            Assert.Equal(", in headers", (await next.ResponseHeadersAsync.WithinAsync()).GetValue(name));
        }
    }

    [Theory]
    [InlineData(14)]
    [InlineData(0)]
    public async Task MetadataNamedAsHeadersOfABody_ComesWithARefusal(int status)
    {
        await using var peer = await TextPeer.StartAsync(context =>
        {
            context.Response.Headers.Expires = "never";
            context.Response.Headers.ContentLanguage = "de";
            context.Response.Headers["x-other"] = "1";
            return TextPeer.Refuse(context, status);
        });
        using var channel = GrpcChannel.ForAddress(peer.Address);

        using var call = channel.CreateCallInvoker().AsyncServerStreamingCall(TextMethods.ServerStream, null, default, "x");
        var read = call.ResponseStream.MoveNext(default).WithinAsync();
        if (status == 0)
        {
            Assert.False(await read);
        }
        else
        {
            await Assert.ThrowsAsync<RpcException>(() => read);
        }

        foreach (var received in (Metadata[])[call.GetTrailers(), await call.ResponseHeadersAsync.WithinAsync()])
        {
            Assert.Equal(("never", "de", "1"), (received.GetValue("expires"), received.GetValue("content-language"), received.GetValue("x-other")));
            Assert.Null(received.Get("content-type"));
            Assert.Null(received.Get("content-length"));
        }
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task MetadataNamedAsHeadersOfABody_IsSentOnceWithEachAttempt(bool hedges)
    {
        var seen = new ConcurrentQueue<string>();
        await using var peer = await TextPeer.StartAsync(context =>
        {
            seen.Enqueue($"{context.Request.Headers.Expires} {context.Request.Headers.ContentLanguage} {context.Request.ContentType}");
            return seen.Count == 1 ? TextPeer.Refuse(context, 14) : TextPeer.Echo()(context);
        });
        var config = hedges ? Policies.Hedge(2, TimeSpan.FromMinutes(1), StatusCode.Unavailable) : Policies.Retry();
        using var channel = GrpcChannel.ForAddress(peer.Address, new GrpcChannelOptions { ServiceConfig = config });
        var metadata = new Metadata { { "expires", "soon" }, { "content-language", "de" } };

        Assert.Equal("x", await channel.CreateCallInvoker().AsyncUnaryCall(TextMethods.Unary, null, new CallOptions(metadata), "x").ResponseAsync.WithinAsync());

        Assert.Equal(Enumerable.Repeat("soon de application/grpc", 2), seen);
    }

    [Fact]
    public async Task DefaultUserAgent_NamesTheLibrary()
    {
        await using var peer = await TextPeer.StartAsync(async context =>
        {
            TextPeer.Begin(context);
            await TextPeer.WriteMessageAsync(context, context.Request.Headers.UserAgent.ToString());
            TextPeer.End(context, 0);
        });
        using var channel = GrpcChannel.ForAddress(peer.Address);

        Assert.StartsWith("grpc-dotnet-rollcall/", await CallAsync(default), StringComparison.Ordinal);
        Assert.Equal("mine", await CallAsync(new CallOptions(new Metadata { { "user-agent", "mine" } })));
        Assert.StartsWith("grpc-dotnet-rollcall/", await CallAsync(default), StringComparison.Ordinal);

        Task<string> CallAsync(CallOptions options) =>
            channel.CreateCallInvoker().AsyncUnaryCall(TextMethods.Unary, null, options, "x").ResponseAsync.WithinAsync();
    }

    [Fact]
    public async Task ReceivedTextThatNoHeaderCarries_IsNotSentOn()
    {
        await using var odd = FramePeer.Start((connection, id) => connection.HeadersAsync(
            id, true, (":status", "200"), ("content-type", "application/grpc"), ("x-text", "\u00fcber"), ("grpc-status", "9")));
        await using var peer = await TextPeer.StartAsync(TextPeer.Echo());
        using var from = GrpcChannel.ForAddress(odd.Address);
        using var channel = GrpcChannel.ForAddress(peer.Address);
        var received = (await FailAsync(from)).Trailers;
        Assert.Equal("\u00fcber", received.GetValue("x-text"));

        var error = await Assert.ThrowsAsync<RpcException>(
            () => channel.CreateCallInvoker().AsyncUnaryCall(TextMethods.Unary, null, new CallOptions(received), "x").ResponseAsync.WithinAsync());

        Assert.Equal(StatusCode.Internal, error.StatusCode);
        Assert.Contains("-bin", error.Status.Detail, StringComparison.Ordinal);
        Assert.Equal(0, peer.Requests);
    }

    [Fact]
    public async Task ResponseHeaders_ComeBeforeTheMessage()
    {
        var go = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var peer = await TextPeer.StartAsync(async context =>
        {
            TextPeer.Begin(context);
            context.Response.Headers["x-one"] = "1";
            context.Response.Headers["x-bytes-bin"] = "AQI=,Aw";
            context.Response.Headers["x-broken-bin"] = "*";
            await context.Response.StartAsync();
            await context.Response.Body.FlushAsync();
            await go.Task;
            await TextPeer.Echo()(context);
        });
        using var channel = GrpcChannel.ForAddress(peer.Address);

        using var call = channel.CreateCallInvoker().AsyncUnaryCall(TextMethods.Unary, null, default, "x");
        var headers = await call.ResponseHeadersAsync.WithinAsync();
        Assert.False(call.ResponseAsync.IsCompleted);
        go.SetResult();
        await call.ResponseAsync.WithinAsync();

        Assert.Equal("1", headers.GetValue("x-one"));
        Assert.Equal([[1, 2], [3]], headers.GetAll("x-bytes-bin").Select(e => e.ValueBytes));
        Assert.Null(headers.Get("x-broken-bin"));
        Assert.Null(headers.Get("content-type"));
    }

    [Fact]
    public async Task MessageTooLarge_IsRefusedFromItsPrefix()
    {
        await using var peer = await TextPeer.StartAsync(async context =>
        {
            TextPeer.Begin(context);
            await context.Response.Body.WriteAsync((byte[])[0, 0xff, 0xff, 0xff, 0xff, 1]);
            await context.Response.Body.FlushAsync();
            await TextPeer.Hang(context);
        });
        using var channel = GrpcChannel.ForAddress(peer.Address);
        using var unlimited = GrpcChannel.ForAddress(peer.Address, new GrpcChannelOptions { MaxReceiveMessageSize = null });

        Assert.Equal(StatusCode.ResourceExhausted, (await FailAsync(channel)).StatusCode);
        Assert.Equal(StatusCode.ResourceExhausted, (await FailAsync(unlimited)).StatusCode);
    }

    [Fact]
    public async Task Messages_UpToTheLimitsPassAndOneByteMoreDoesNot()
    {
        await using var peer = await TextPeer.StartAsync(TextPeer.Echo());
        using var channel = GrpcChannel.ForAddress(
            peer.Address, new GrpcChannelOptions { MaxReceiveMessageSize = 1_000_000, MaxSendMessageSize = 1_000_001 });

        Assert.Equal(1_000_000, (await CallAsync(new string('x', 1_000_000))).Length);
        var received = await Assert.ThrowsAsync<RpcException>(() => CallAsync(new string('x', 1_000_001)));
        Assert.Contains("MaxReceiveMessageSize", received.Status.Detail, StringComparison.Ordinal);
        var sent = await Assert.ThrowsAsync<RpcException>(() => CallAsync(new string('x', 1_000_002)));
        Assert.Contains("MaxSendMessageSize", sent.Status.Detail, StringComparison.Ordinal);
        Assert.Equal(StatusCode.ResourceExhausted, sent.StatusCode);

        async Task<string> CallAsync(string request) =>
            await channel.CreateCallInvoker().AsyncUnaryCall(TextMethods.Unary, null, default, request).ResponseAsync.WithinAsync();
    }

    [Fact]
    public async Task RequestAboveTheLimit_FailsTheCallAndNotTheMethodThatMakesIt()
    {
        using var channel = GrpcChannel.ForAddress("http://localhost:1", new GrpcChannelOptions { MaxSendMessageSize = 1 });
        var invoker = channel.CreateCallInvoker();

        using var unary = invoker.AsyncUnaryCall(TextMethods.Unary, null, default, "xy");
        using var stream = invoker.AsyncServerStreamingCall(TextMethods.ServerStream, null, default, "xy");

        Task[] parts = [unary.ResponseAsync, unary.ResponseHeadersAsync, stream.ResponseStream.MoveNext(default), stream.ResponseHeadersAsync];
        foreach (var part in parts)
        {
            var error = await Assert.ThrowsAsync<RpcException>(() => part.WithinAsync());
            Assert.Contains("MaxSendMessageSize", error.Status.Detail, StringComparison.Ordinal);
        }

        Assert.Equal(StatusCode.ResourceExhausted, unary.GetStatus().StatusCode);
        Assert.Equal(StatusCode.ResourceExhausted, stream.GetStatus().StatusCode);
        Assert.Empty(unary.GetTrailers());
    }

    private static Task<RpcException> FailAsync(GrpcChannel channel) => Assert.ThrowsAsync<RpcException>(
        () => channel.CreateCallInvoker().AsyncUnaryCall(TextMethods.Unary, null, default, "x").ResponseAsync.WithinAsync());
}
