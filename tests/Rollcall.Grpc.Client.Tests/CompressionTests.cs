using System.Buffers;
using System.IO.Compression;
using System.Text;
using Grpc.Core;
using Grpc.Net.Compression;
using Microsoft.AspNetCore.Http;
using Rollcall.Grpc.Tests;
using Rollcall.TestKit;

namespace Rollcall.Grpc.Client.Tests;

public class CompressionTests
{
    private static readonly GrpcEncodings s_known =
        new([new GzipCompressionProvider(CompressionLevel.Fastest), new DeflateCompressionProvider(CompressionLevel.Fastest), new BrotliProvider()]);

    [Theory]
    [InlineData("gzip")]
    [InlineData("deflate")]
    [InlineData("br")]
    public async Task CompressedAnswer_IsUnpacked(string encoding)
    {
        await using var peer = await TextPeer.StartAsync(Answer(encoding, encoding, new string('x', 10_000)));
        using var channel = GrpcChannel.ForAddress(peer.Address, WithBrotli());

        Assert.Equal(new string('x', 10_000), await UnaryAsync(channel));
        using var stream = channel.CreateCallInvoker().AsyncServerStreamingCall(TextMethods.ServerStream, null, default, "x");
        Assert.True(await stream.ResponseStream.MoveNext(default).WithinAsync());
        Assert.Equal(10_000, stream.ResponseStream.Current.Length);
    }

    [Theory]
    [InlineData("gzip")]
    [InlineData("deflate")]
    [InlineData("br")]
    public async Task CompressedAnswerOfNothing_IsTheEmptyMessage(string encoding)
    {
        await using var peer = await TextPeer.StartAsync(async context =>
        {
            TextPeer.Begin(context);
            context.Response.Headers["grpc-encoding"] = encoding;
            await context.Response.Body.WriteAsync(TextPeer.Frame([], flag: 1));
            TextPeer.End(context, 0);
        });
        using var channel = GrpcChannel.ForAddress(peer.Address, WithBrotli());

        Assert.Equal("", await UnaryAsync(channel));
    }

    [Theory]
    [InlineData("gzip", "gzip", StatusCode.ResourceExhausted)]
    [InlineData("deflate", "deflate", StatusCode.ResourceExhausted)]
    [InlineData("br", "br", StatusCode.ResourceExhausted)]
    [InlineData("gzip", "deflate", StatusCode.Internal)]
    [InlineData("gzip", "snappy", StatusCode.Internal)]
    [InlineData("gzip", "identity", StatusCode.Internal)]
    [InlineData("gzip", null, StatusCode.Internal)]
    public async Task CompressedAnswer_ThatIsTooLargeOrNotWhatItSays_IsRefused(string actual, string? told, StatusCode expected)
    {
        await using var peer = await TextPeer.StartAsync(Answer(actual, told, new string('x', 100_000)));
        using var channel = GrpcChannel.ForAddress(peer.Address, WithBrotli(o => o.MaxReceiveMessageSize = 50_000));

        var error = await Assert.ThrowsAsync<RpcException>(() => UnaryAsync(channel));

        Assert.Equal(expected, error.StatusCode);
    }

    [Theory]
    [InlineData("gzip")]
    [InlineData("deflate")]
    [InlineData("br")]
    public async Task RequestsOfACall_AreCompressedWhenAskedFor(string encoding)
    {
        await using var peer = await TextPeer.StartAsync(Tell);
        using var channel = GrpcChannel.ForAddress(peer.Address, WithBrotli());
        var invoker = channel.CreateCallInvoker();
        var plain = new CallOptions(new Metadata { { "x-other", "1" } });
        var options = plain.WithRequestCompression(encoding);

        Assert.Equal($"{encoding} 1:abc", await invoker.AsyncUnaryCall(TextMethods.Unary, null, options, "abc").ResponseAsync.WithinAsync());
        Assert.Equal(
            $"{encoding} 0:abc",
            await invoker.AsyncUnaryCall(TextMethods.Unary, null, options.WithWriteOptions(new WriteOptions(WriteFlags.NoCompress)), "abc")
                .ResponseAsync.WithinAsync());
        using var call = invoker.AsyncClientStreamingCall(TextMethods.ClientStream, null, options);
        await call.RequestStream.WriteAsync("packed").WithinAsync();
        call.RequestStream.WriteOptions = new WriteOptions(WriteFlags.NoCompress);
        await call.RequestStream.WriteAsync("plain").WithinAsync();
        await call.RequestStream.CompleteAsync().WithinAsync();

        Assert.Equal($"{encoding} 1:packed 0:plain", await call.ResponseAsync.WithinAsync());
        Assert.Equal(" 0:abc", await invoker.AsyncUnaryCall(TextMethods.Unary, null, plain, "abc").ResponseAsync.WithinAsync());
        Assert.Equal("1", options.Headers!.GetValue("x-other"));
        Assert.Single(plain.Headers!);
    }

    [Fact]
    public async Task MetadataEntry_OfGrpcDotnet_AsksForCompressionAndIsNotSent()
    {
        HeaderDictionary? seen = null;
        await using var peer = await TextPeer.StartAsync(context =>
        {
            seen = new HeaderDictionary(context.Request.Headers.ToDictionary(StringComparer.OrdinalIgnoreCase));
            return Tell(context);
        });
        using var channel = GrpcChannel.ForAddress(peer.Address);
        var options = new CallOptions(new Metadata { { "grpc-internal-encoding-request", "deflate" } });

        Assert.Equal("deflate 1:x", await UnaryAsync(channel, options));
        Assert.False(seen!.ContainsKey("grpc-internal-encoding-request"));
    }

    [Fact]
    public async Task ChannelsCompression_HoldsUnlessTheCallSaysOtherwise()
    {
        await using var peer = await TextPeer.StartAsync(Tell);
        using var channel = GrpcChannel.ForAddress(peer.Address, new GrpcChannelOptions { RequestCompressionAlgorithm = "gzip" });

        Assert.Equal("gzip 1:x", await UnaryAsync(channel));
        Assert.Equal("deflate 1:x", await UnaryAsync(channel, default(CallOptions).WithRequestCompression("gzip").WithRequestCompression("deflate")));
        Assert.Equal(" 0:x", await UnaryAsync(channel, default(CallOptions).WithRequestCompression("identity")));
    }

    [Fact]
    public async Task RetriedAndHedgedCalls_StayCompressed()
    {
        var requests = 0;
        await using var peer = await TextPeer.StartAsync(
            context => Interlocked.Increment(ref requests) % 2 == 1 ? TextPeer.Refuse(context, 14) : Tell(context));
        foreach (var config in (Rollcall.Grpc.Client.Configuration.ServiceConfig[])
            [Policies.Retry(), Policies.Hedge(2, TimeSpan.FromMinutes(1), StatusCode.Unavailable)])
        {
            using var channel = GrpcChannel.ForAddress(
                peer.Address, new GrpcChannelOptions { ServiceConfig = config, RequestCompressionAlgorithm = "gzip" });
            Assert.Equal("gzip 1:x", await UnaryAsync(channel));
        }
    }

    [Fact]
    public async Task AcceptEncoding_ListsWhatTheChannelReads()
    {
        var seen = "";
        await using var peer = await TextPeer.StartAsync(context =>
        {
            seen = context.Request.Headers["grpc-accept-encoding"].ToString();
            return Answer("gzip", "gzip", "x")(context);
        });
        using var none = GrpcChannel.ForAddress(peer.Address, new GrpcChannelOptions { CompressionProviders = [] });
        using var more = GrpcChannel.ForAddress(peer.Address, WithBrotli());

        Assert.Equal(StatusCode.Internal, (await Assert.ThrowsAsync<RpcException>(() => UnaryAsync(none))).StatusCode);
        Assert.Equal("identity", seen);
        Assert.Equal("x", await UnaryAsync(more));
        Assert.Equal("identity,gzip,deflate,br", seen);
    }

    [Fact]
    public async Task UnknownCompression_FailsTheCallWithTheKnownOnes()
    {
        using var channel = GrpcChannel.ForAddress("http://127.0.0.1:1");
        var invoker = channel.CreateCallInvoker();
        var options = default(CallOptions).WithRequestCompression("lzma");

        using var unary = invoker.AsyncUnaryCall(TextMethods.Unary, null, options, "x");
        using var server = invoker.AsyncServerStreamingCall(TextMethods.ServerStream, null, options, "x");
        using var client = invoker.AsyncClientStreamingCall(TextMethods.ClientStream, null, options);
        using var duplex = invoker.AsyncDuplexStreamingCall(TextMethods.Duplex, null, options);
        Task[] parts =
        [
            unary.ResponseAsync, unary.ResponseHeadersAsync, server.ResponseStream.MoveNext(default), client.ResponseAsync,
            client.RequestStream.WriteAsync("x"), duplex.ResponseStream.MoveNext(default), duplex.RequestStream.WriteAsync("x"),
        ];
        foreach (var part in parts)
        {
            var error = await Assert.ThrowsAsync<RpcException>(() => part.WithinAsync());
            Assert.Equal(StatusCode.Internal, error.StatusCode);
            Assert.Contains("identity,gzip,deflate", error.Status.Detail, StringComparison.Ordinal);
        }

        await duplex.RequestStream.CompleteAsync().WithinAsync();
        Assert.All(
            (Status[])[unary.GetStatus(), server.GetStatus(), client.GetStatus(), duplex.GetStatus()],
            static status => Assert.Equal(StatusCode.Internal, status.StatusCode));
        var ofChannel = Assert.Throws<ArgumentException>(
            () => GrpcChannel.ForAddress("http://127.0.0.1:1", new GrpcChannelOptions { RequestCompressionAlgorithm = "lzma" }));
        Assert.Contains("RequestCompressionAlgorithm", ofChannel.Message, StringComparison.Ordinal);
    }

    private static GrpcChannelOptions WithBrotli(Action<GrpcChannelOptions>? configure = null)
    {
        var options = new GrpcChannelOptions
        {
            CompressionProviders =
                [new GzipCompressionProvider(CompressionLevel.Fastest), new DeflateCompressionProvider(CompressionLevel.Fastest), new BrotliProvider()],
        };
        configure?.Invoke(options);
        return options;
    }

    private static Task<string> UnaryAsync(GrpcChannel channel, CallOptions options = default) =>
        channel.CreateCallInvoker().AsyncUnaryCall(TextMethods.Unary, null, options, "x").ResponseAsync.WithinAsync();

    /// <summary>Answers with one message, compressed.</summary>
    private static RequestDelegate Answer(string actual, string? told, string text) => async context =>
    {
        TextPeer.Begin(context);
        if (told is not null)
        {
            context.Response.Headers["grpc-encoding"] = told;
        }

        Assert.True(s_known.TryFind(actual, out var provider));
        using var packed = new MemoryStream();
        using (var compressor = provider.CreateCompressionStream(packed, null))
        {
            compressor.Write(Encoding.UTF8.GetBytes(text));
        }

        await context.Response.Body.WriteAsync(TextPeer.Frame(packed.ToArray(), flag: 1));
        TextPeer.End(context, 0);
    };

    /// <summary>Answers with what came: the encoding, and flag and text of each message.</summary>
    private static async Task Tell(HttpContext context)
    {
        using var body = new MemoryStream();
        await context.Request.Body.CopyToAsync(body);
        var encoding = context.Request.Headers["grpc-encoding"].ToString();
        var told = new StringBuilder(encoding);
        var bytes = new ReadOnlySequence<byte>(body.ToArray());
        while (GrpcFraming.TryReadFrame(ref bytes, int.MaxValue, out var frame) == GrpcFrameResult.Frame)
        {
            if (!frame.Compressed)
            {
                told.Append(" 0:").Append(Encoding.UTF8.GetString(frame.Payload));
                continue;
            }

            Assert.True(s_known.TryFind(encoding, out var provider));
            Assert.Equal(GrpcDecompressionResult.Decompressed, GrpcCompression.TryDecompress(provider, frame.Payload, 100_000, out var message));
            using (message)
            {
                told.Append(" 1:").Append(Encoding.UTF8.GetString(message.Payload.Span));
            }
        }

        TextPeer.Begin(context);
        await TextPeer.WriteMessageAsync(context, told.ToString());
        TextPeer.End(context, 0);
    }
}
