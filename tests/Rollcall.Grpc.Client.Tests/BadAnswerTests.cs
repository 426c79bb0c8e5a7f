using System.IO.Compression;
using Grpc.Core;
using Rollcall.TestKit;

namespace Rollcall.Grpc.Client.Tests;

/// <summary>What no server of good will answers: each has its status, and where the connection is whole the next call goes over it.</summary>
public class BadAnswerTests
{
    private static readonly byte[] s_message = TextPeer.Frame("x"u8);

    public static TheoryData<string, byte[], StatusCode> Bodies => new()
    {
        { "part of a prefix", [0, 0, 0], StatusCode.Internal },
        { "part of a message", s_message[..^1], StatusCode.Internal },
        { "flag 2", TextPeer.Frame("x"u8, 2), StatusCode.Internal },
        { "flag 255", TextPeer.Frame("x"u8, 255), StatusCode.Internal },
        { "flag 1 without encoding", TextPeer.Frame("x"u8, 1), StatusCode.Internal },
        { "a message and a part of another", [.. s_message, 0], StatusCode.Internal },
        { "length 0xFFFFFFFF", [0, 0xff, 0xff, 0xff, 0xff, 1], StatusCode.ResourceExhausted },
        { "limit plus one", [0, 0, 0x40, 0, 1, 1], StatusCode.ResourceExhausted },
    };

    public static TheoryData<string, (string, string)[], StatusCode, string> Trailers => new()
    {
        { "no status", [("x-other", "1")], StatusCode.Unknown, "" },
        { "no number", [("grpc-status", "x")], StatusCode.Unknown, "" },
        { "17", [("grpc-status", "17")], StatusCode.Unknown, "" },
        { "a number too large", [("grpc-status", "99999999999")], StatusCode.Unknown, "" },
        { "spaces", [("grpc-status", " 5 ")], StatusCode.Unknown, "" },
        { "half an escape", [("grpc-status", "9"), ("grpc-message", "100%")], StatusCode.FailedPrecondition, "100%" },
        { "no hex", [("grpc-status", "9"), ("grpc-message", "%zz%4")], StatusCode.FailedPrecondition, "%zz%4" },
        { "no UTF-8", [("grpc-status", "9"), ("grpc-message", "%FF!")], StatusCode.FailedPrecondition, "\ufffd!" },
        { "bad base64", [("grpc-status", "9"), ("x-bin", "***"), ("x-y-bin", "A")], StatusCode.FailedPrecondition, "" },
    };

    [Theory]
    [MemberData(nameof(Bodies))]
    public async Task Body_HasItsStatusAndTheConnectionIsKept(string what, byte[] body, StatusCode expected)
    {
        await using var peer = FirstThen(async (connection, id) =>
        {
            await connection.ResponseHeadersAsync(id);
            await connection.DataAsync(id, body);
            await connection.TrailersAsync(id, 0);
        });
        await using var channel = GrpcChannel.ForAddress(peer.Address);

        var error = await FailAsync(channel);

        Assert.True(expected == error.StatusCode, $"{what}: {error.Status}");
        await AssertServesAsync(channel, peer);
    }

    [Theory]
    [MemberData(nameof(Trailers))]
    public async Task Trailers_AreReadLenientlyAndTheConnectionIsKept(
        string what, (string, string)[] trailers, StatusCode expected, string detail)
    {
        await using var peer = FirstThen(async (connection, id) =>
        {
            await connection.ResponseHeadersAsync(id);
            await connection.DataAsync(id, s_message);
            await connection.HeadersAsync(id, true, trailers);
        });
        await using var channel = GrpcChannel.ForAddress(peer.Address);

        var error = await FailAsync(channel);

        Assert.True(expected == error.StatusCode, $"{what}: {error.Status}");
        if (expected != StatusCode.Unknown)
        {
            Assert.Equal(detail, error.Status.Detail);
            Assert.Empty(error.Trailers);
        }

        await AssertServesAsync(channel, peer);
    }

    [Fact]
    public async Task HeadersWithoutContentType_AreNoGrpc()
    {
        await using var peer = FirstThen(async (connection, id) =>
        {
            await connection.HeadersAsync(id, false, (":status", "200"));
            await connection.DataAsync(id, s_message);
            await connection.TrailersAsync(id, 0);
        });
        await using var channel = GrpcChannel.ForAddress(peer.Address);

        Assert.Equal(StatusCode.Unknown, (await FailAsync(channel)).StatusCode);
        await AssertServesAsync(channel, peer);
    }

    [Theory]
    [InlineData(0x3u)]
    [InlineData(0x4u)]
    [InlineData(0x5u)]
    [InlineData(0x6u)]
    [InlineData(0x9u)]
    [InlineData(0xau)]
    [InlineData(0xffu)]
    public async Task FurtherResetCodes_AreInternal(uint errorCode)
    {
        await using var peer = FirstThen(async (connection, id) =>
        {
            await connection.ResponseHeadersAsync(id);
            await connection.ResetAsync(id, errorCode);
        });
        await using var channel = GrpcChannel.ForAddress(peer.Address);

        Assert.Equal(StatusCode.Internal, (await FailAsync(channel)).StatusCode);
        await AssertServesAsync(channel, peer);
    }

    [Fact]
    public async Task DataAfterTrailers_DoesNotChangeTheAnswer()
    {
        await using var peer = FirstThen(async (connection, id) =>
        {
            await connection.AnswerAsync(id, "first");
            await connection.DataAsync(id, s_message);
        });
        await using var channel = GrpcChannel.ForAddress(peer.Address);

        Assert.Equal("first", await CallAsync(channel).WithinAsync());

        // The connection may be over (RFC 9113 5.1), but not the channel.
        Assert.Equal("next", await CallAsync(channel).WithinAsync());
    }

    [Fact]
    public async Task GoAwayBelowTheCall_SendsItElsewhere()
    {
        await using var peer = FirstThen((connection, _) => connection.GoAwayAsync(0, 0));
        await using var channel = GrpcChannel.ForAddress(peer.Address);

        // The server says that it did nothing with it: the call is made again, on another connection.
        Assert.Equal("next", await CallAsync(channel).WithinAsync());
        Assert.Equal(2, peer.Connections);
    }

    [Fact]
    public async Task GoAwayAtTheCall_LetsItEnd()
    {
        await using var peer = FirstThen(async (connection, id) =>
        {
            await connection.GoAwayAsync(id, 0);
            await connection.AnswerAsync(id, "last");
        });
        await using var channel = GrpcChannel.ForAddress(peer.Address);

        Assert.Equal("last", await CallAsync(channel).WithinAsync());
        Assert.Equal("next", await CallAsync(channel).WithinAsync());
        Assert.Equal(2, peer.Connections);
    }

    [Fact]
    public async Task ConnectionLostInAMessage_IsUnavailable()
    {
        await using var peer = FirstThen(async (connection, id) =>
        {
            await connection.ResponseHeadersAsync(id);
            await connection.DataAsync(id, s_message[..^1]);
            connection.Abort();
        });
        await using var channel = GrpcChannel.ForAddress(peer.Address);

        Assert.Equal(StatusCode.Unavailable, (await FailAsync(channel)).StatusCode);
        Assert.Equal("next", await CallAsync(channel).WithinAsync());
    }

    public static TheoryData<Exception> Unparsable =>
        [new IOException("too short"), new OperationCanceledException("too short"), new ObjectDisposedException("too short"), new FormatException("too short")];

    /// <summary>Protobuf throws an IOException, which is no connection that broke: the server has done what it was asked for.</summary>
    [Theory]
    [MemberData(nameof(Unparsable))]
    public async Task MessageThatCannotBeParsed_IsInternalAndTheCallIsNotMadeAgain(Exception thrown)
    {
        await using var peer = FramePeer.Start((connection, id) => connection.AnswerAsync(id, "x"));
        await using var channel = GrpcChannel.ForAddress(peer.Address, new GrpcChannelOptions { ServiceConfig = Policies.Retry() });
        var method = TextMethods.Unary;
        var unary = Refusing(MethodType.Unary);
        var stream = Refusing(MethodType.ServerStreaming);

        var error = await Assert.ThrowsAsync<RpcException>(
            () => channel.CreateCallInvoker().AsyncUnaryCall(unary, null, default, "x").ResponseAsync.WithinAsync());
        using var call = channel.CreateCallInvoker().AsyncServerStreamingCall(stream, null, default, "x");
        var ofStream = await Assert.ThrowsAsync<RpcException>(() => call.ResponseStream.MoveNext(default).WithinAsync());

        Assert.Equal((StatusCode.Internal, $"The response can't be parsed: {thrown.Message}"), (error.StatusCode, error.Status.Detail));
        Assert.Same(thrown, error.Status.DebugException);
        Assert.Equal(error.Status.Detail, ofStream.Status.Detail);
        Assert.Equal(2, peer.Streams);
        await AssertServesAsync(channel, peer, "x");

        Method<string, string> Refusing(MethodType type) => new(
            type, method.ServiceName, method.Name, method.RequestMarshaller, Marshallers.Create<string>(static _ => [], _ => throw thrown));
    }

    /// <summary>SocketsHttpHandler would end the connection, with all its calls, at 64 KB.</summary>
    [Fact]
    public async Task LongStatus_ArrivesAndCostsNoOtherCall()
    {
        var detail = new string('x', 300_000);
        await using var peer = FramePeer.Start((connection, id) => id == 1
            ? connection.ResponseHeadersAsync(id)
            : connection.HeadersInPiecesAsync(id, [(":status", "200"), ("content-type", "application/grpc"), ("grpc-status", "3"), ("grpc-message", detail)]));
        await using var channel = GrpcChannel.ForAddress(peer.Address);
        using var other = channel.CreateCallInvoker().AsyncServerStreamingCall(TextMethods.ServerStream, null, default, "x");
        await other.ResponseHeadersAsync.WithinAsync();

        var error = await FailAsync(channel);

        Assert.Equal((StatusCode.InvalidArgument, detail), (error.StatusCode, error.Status.Detail));
        Assert.False(other.ResponseStream.MoveNext(default).IsCompleted);
        Assert.Equal(1, peer.Connections);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task HeaderFlood_CostsTheConnectionAndNotTheChannel(bool inTrailers)
    {
        (string, string)[] flood = [.. Enumerable.Range(0, 2000).Select(i => ($"x-{i}", new string('v', 1000)))];
        await using var peer = FirstThen(async (connection, id) =>
        {
            if (inTrailers)
            {
                await connection.ResponseHeadersAsync(id);
                await connection.HeadersInPiecesAsync(id, [("grpc-status", "0"), .. flood]);
            }
            else
            {
                await connection.HeadersInPiecesAsync(id, [(":status", "200"), ("content-type", "application/grpc"), .. flood]);
            }
        });
        await using var channel = GrpcChannel.ForAddress(peer.Address);

        var error = await FailAsync(channel);

        // The HTTP handler ends the connection at 1 MB, in the midst of the block (RFC 9113 4.3): as with any that breaks.
        Assert.True(error.StatusCode == StatusCode.Unavailable, $"{error.Status}");
        Assert.Equal("next", await CallAsync(channel).WithinAsync());
        Assert.Equal(2, peer.Connections);
    }

    [Fact]
    public async Task PingFlood_CostsTheConnectionAndNotTheChannel()
    {
        await using var peer = FirstThen(async (connection, id) =>
        {
            // Without reading what is answered: the client closes a connection on which that piles up.
            for (var i = 0; i < 100_000; i++)
            {
                await connection.SendAsync(FrameType.Ping, Http2Flags.None, 0, new byte[8]);
            }
        });
        await using var channel = GrpcChannel.ForAddress(peer.Address);

        Assert.Equal(StatusCode.Unavailable, (await FailAsync(channel)).StatusCode);
        Assert.Equal("next", await CallAsync(channel).WithinAsync());
    }

    [Theory]
    [InlineData("gzip")]
    [InlineData("deflate")]
    public async Task Bomb_IsStoppedAtTheLimit(string encoding)
    {
        using var packed = new MemoryStream();
        await using (var compressor = encoding == "deflate"
            ? (Stream)new ZLibStream(packed, CompressionLevel.Optimal, leaveOpen: true)
            : new GZipStream(packed, CompressionLevel.Optimal, leaveOpen: true))
        {
            await compressor.WriteAsync(new byte[2_000_000]);
        }

        await using var peer = FirstThen(async (connection, id) =>
        {
            await connection.HeadersAsync(id, false, (":status", "200"), ("content-type", "application/grpc"), ("grpc-encoding", encoding));
            await connection.DataAsync(id, TextPeer.Frame(packed.ToArray(), 1));
            await connection.TrailersAsync(id, 0);
        });
        await using var channel = GrpcChannel.ForAddress(peer.Address, new GrpcChannelOptions { MaxReceiveMessageSize = 100_000 });

        var error = await FailAsync(channel);

        Assert.True(error.StatusCode == StatusCode.ResourceExhausted, $"{error.Status}");
        await AssertServesAsync(channel, peer);
    }

    // Bad once, then good: what the channel does with the call after a bad answer is part of each case.
    private static FramePeer FirstThen(Func<FramePeerConnection, int, Task> bad)
    {
        var calls = 0;
        return FramePeer.Start((connection, id) =>
            Interlocked.Increment(ref calls) == 1 ? bad(connection, id) : connection.AnswerAsync(id, "next"));
    }

    private static async Task AssertServesAsync(GrpcChannel channel, FramePeer peer, string answer = "next")
    {
        Assert.Equal(answer, await CallAsync(channel).WithinAsync());
        Assert.Equal(1, peer.Connections);
    }

    private static Task<string> CallAsync(GrpcChannel channel) =>
        channel.CreateCallInvoker().AsyncUnaryCall(TextMethods.Unary, null, default, "x").ResponseAsync;

    private static Task<RpcException> FailAsync(GrpcChannel channel) =>
        Assert.ThrowsAsync<RpcException>(() => CallAsync(channel).WithinAsync());
}
