using System.IO.Compression;
using System.Net;
using Google.Protobuf;
using Grpc.Core;
using Rollcall.Grpc.Tests.Protos;

namespace Rollcall.Grpc.Server.Tests;

/// <summary>What no client of good will sends: each is refused by its own status, and the connection serves the next call.</summary>
public sealed class BadInputTests
{
    private const int Limit = 100_000;
    private static readonly EchoRequest s_request = new() { Text = "b" };
    private static readonly byte[] s_body = RawCaller.Frame(s_request);

    public static TheoryData<string, string, string, byte[]> Bodies => new()
    {
        { "nothing", "13", RawCaller.Unary, [] },
        { "part of a prefix", "13", RawCaller.Unary, [0, 0, 0] },
        { "part of a message", "13", RawCaller.Unary, s_body[..^1] },
        { "length 0xFFFFFFFF", "8", RawCaller.Unary, [0, 0xff, 0xff, 0xff, 0xff, 1, 2, 3] },
        { "limit plus one", "8", RawCaller.Unary, RawCaller.Frame(new byte[Limit + 1], 0)[..5] },
        { "flag 2", "13", RawCaller.Unary, RawCaller.Frame(s_request.ToByteArray(), 2) },
        { "flag 255", "13", RawCaller.Unary, RawCaller.Frame(s_request.ToByteArray(), 255) },
        { "flag 1 without encoding", "13", RawCaller.Unary, RawCaller.Frame(s_request.ToByteArray(), 1) },
        { "two messages", "13", RawCaller.Unary, RawCaller.Frame(s_request, s_request) },
        { "no protobuf", "13", RawCaller.Unary, RawCaller.Frame([0xff, 0xff], 0) },
        { "two messages for one that streams back", "13", RawCaller.ServerStream, RawCaller.Frame(s_request, s_request) },
        { "part of a stream's prefix", "13", RawCaller.ClientStream, [.. s_body, 0, 0] },
        { "part of a stream's message", "13", RawCaller.Duplex, [.. s_body, .. s_body[..^1]] },
        { "length 0xFFFFFFFF in a stream", "8", RawCaller.ClientStream, [.. s_body, 0, 0xff, 0xff, 0xff, 0xff] },
        { "flag 2 in a stream", "13", RawCaller.Duplex, [.. s_body, 2, 0, 0, 0, 0] },
        { "no protobuf in a stream", "13", RawCaller.ClientStream, [.. s_body, .. RawCaller.Frame([0xff], 0)] },
        { "a method that is not there", "12", "/rollcall.test.Echo/Nothing", s_body },
    };

    public static TheoryData<string, string, string?> Headers => new()
    {
        { "grpc-timeout", "5s", "13" },
        { "grpc-timeout", "", "13" },
        { "grpc-timeout", "123456789S", "13" },
        { "x-data-bin", "***", "0" },
        { "x-data-bin", "A", "0" },
        { "grpc-accept-encoding", ",,;q=", "0" },
        { "content-type", "application/json2", null },
        { "content-type", "", null },
        { "content-type", "application/grpcx", null },
    };

    [Theory]
    [MemberData(nameof(Bodies))]
    public async Task Body_IsRefusedAndTheConnectionKept(string what, string status, string path, byte[] body)
    {
        await using var server = await GrpcTestServer.StartAsync(options => options.MaxReceiveMessageSize = Limit);
        await using var caller = await FrameCaller.ConnectAsync(server.Address);

        var response = await caller.CallAsync(1, path, body);

        Assert.True(status == response.GrpcStatus, $"{what}: {response.GrpcStatus} {response.GrpcMessage}");
        await AssertServesAsync(caller, 3);
    }

    // The text is what tells somebody with a broken client where to look.
    [Theory]
    [InlineData(RawCaller.Unary, 0, "sent none")]
    [InlineData(RawCaller.Unary, 3, "in the middle of a message")]
    [InlineData(RawCaller.Unary, 6, "in the middle of a message")]
    [InlineData(RawCaller.ServerStream, 0, "sent none")]
    [InlineData(RawCaller.ServerStream, 6, "in the middle of a message")]
    public async Task RequestThatLacksItsMessage_SaysHowMuchOfItCame(string path, int length, string expected)
    {
        await using var server = await GrpcTestServer.StartAsync();

        var response = await server.Caller.CallAsync(path, s_body[..length]);

        Assert.Equal("13", response.GrpcStatus);
        Assert.Contains(expected, response.GrpcMessage, StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(Headers))]
    public async Task Header_HasItsStatusAndTheConnectionIsKept(string name, string value, string? status)
    {
        await using var server = await GrpcTestServer.StartAsync();
        await using var caller = await FrameCaller.ConnectAsync(server.Address);

        var response = await caller.CallAsync(1, RawCaller.Unary, s_body, (name, value));

        Assert.Equal(status, response.GrpcStatus);
        Assert.Equal(status is null ? HttpStatusCode.UnsupportedMediaType : HttpStatusCode.OK, response.HttpStatus);
        await AssertServesAsync(caller, 3);
    }

    [Theory]
    [InlineData("gzip", "8")]
    [InlineData("deflate", "8")]
    [InlineData("snappy", "12")]
    public async Task Bomb_IsStoppedAtTheLimit(string encoding, string status)
    {
        await using var server = await GrpcTestServer.StartAsync(options => options.MaxReceiveMessageSize = Limit);
        await using var caller = await FrameCaller.ConnectAsync(server.Address);
        using var packed = new MemoryStream();
        await using (var compressor = encoding == "deflate"
            ? (Stream)new ZLibStream(packed, CompressionLevel.Fastest, leaveOpen: true)
            : new GZipStream(packed, CompressionLevel.Fastest, leaveOpen: true))
        {
            await compressor.WriteAsync(new byte[10_000_000]);
        }

        Assert.InRange(packed.Length, 1, Limit);

        var response = await caller.CallAsync(1, RawCaller.Unary, RawCaller.Frame(packed.ToArray(), 1), ("grpc-encoding", encoding));

        Assert.Equal(status, response.GrpcStatus);
        await AssertServesAsync(caller, 3);
    }

    [Fact]
    public async Task GetOfAMethod_IsNoCall()
    {
        await using var server = await GrpcTestServer.StartAsync();
        await using var caller = await FrameCaller.ConnectAsync(server.Address);

        var response = await caller.CallAsync(1, RawCaller.Unary, [], (":method", "GET"));

        Assert.Equal(HttpStatusCode.MethodNotAllowed, response.HttpStatus);
        await AssertServesAsync(caller, 3);
    }

    [Fact]
    public async Task RequestWithoutAPath_IsResetAndTheConnectionKept()
    {
        await using var server = await GrpcTestServer.StartAsync();
        await using var caller = await FrameCaller.ConnectAsync(server.Address);
        var headers = caller.CallHeaders(RawCaller.Unary).Where(header => header.Name != ":path");

        await caller.SendAsync(new Http2Frame(FrameType.Headers, Http2Flags.EndHeaders | Http2Flags.EndStream, 1, HeaderBlock.Encode(headers)));
        await caller.Answer(1).Ended.WithinAsync();

        Assert.Equal(1u, caller.Answer(1).Reset);
        await AssertServesAsync(caller, 3);
    }

    [Fact]
    public async Task HalfARequestAndThenSilence_EndsAtTheDeadline()
    {
        var time = new FakeTimeProvider();
        await using var server = await GrpcTestServer.StartAsync(timeProvider: time);
        await using var caller = await FrameCaller.ConnectAsync(server.Address);

        await caller.StartAsync(1, RawCaller.Unary, ("grpc-timeout", "5S"));
        await caller.DataAsync(1, s_body[..^1], endStream: false);
        await time.WaitForTimerDueInAsync(TimeSpan.FromSeconds(5));
        time.Advance(TimeSpan.FromSeconds(5));
        await caller.Answer(1).Ended.WithinAsync();

        Assert.Equal("4", caller.Answer(1).ToResponse().GrpcStatus);
        await AssertServesAsync(caller, 3);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task ConnectionThatEndsInAMessage_EndsTheHandlerQuietly(bool abort)
    {
        await using var server = await GrpcTestServer.StartAsync();
        var first = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var ended = new TaskCompletionSource<Exception>(TaskCreationOptions.RunContinuationsAsynchronously);
        server.Behavior.ClientStream = async (requests, _) =>
        {
            await requests.MoveNext();
            first.SetResult();
            var failure = await Record.ExceptionAsync(() => requests.MoveNext());
            ended.SetResult(failure!);
            throw failure!;
        };
        await using var caller = await FrameCaller.ConnectAsync(server.Address);
        await caller.StartAsync(1, RawCaller.ClientStream);
        await caller.DataAsync(1, [.. s_body, .. s_body[..^1]], endStream: false);
        await first.Task.WithinAsync();

        if (abort)
        {
            caller.Abort();
        }
        else
        {
            caller.EndSending();
        }

        var failure = await ended.Task.WithinAsync();
        Assert.True(failure is OperationCanceledException or IOException, $"{failure}");
        await AssertServesAsync(server);
    }

    internal static async Task AssertServesAsync(FrameCaller caller, int stream)
    {
        var response = await caller.CallAsync(stream, RawCaller.Unary, s_body);
        Assert.Equal("0", response.GrpcStatus);
        Assert.Equal(s_request.Text, Assert.Single(response.Messages(EchoReply.Parser)).Text);
    }

    internal static async Task AssertServesAsync(GrpcTestServer server)
    {
        await using var caller = await FrameCaller.ConnectAsync(server.Address);
        await AssertServesAsync(caller, 1);
    }
}
