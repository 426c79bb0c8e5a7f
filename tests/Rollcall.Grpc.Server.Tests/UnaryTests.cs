using System.Net;
using Google.Protobuf;
using Grpc.Core;
using Rollcall.Grpc.Tests.Protos;

namespace Rollcall.Grpc.Server.Tests;

public sealed class UnaryTests
{
    private static readonly EchoRequest s_request = new() { Text = "hello" };

    [Fact]
    public async Task Call_IsAnsweredWithGoldenBytesAndStatusInTrailers()
    {
        await using var server = await GrpcTestServer.StartAsync();

        var response = await server.Caller.CallAsync(RawCaller.Unary, s_request);

        Assert.Equal(HttpStatusCode.OK, response.HttpStatus);
        Assert.Equal("application/grpc", response.Headers["content-type"]);
        Assert.Equal([0, 0, 0, 0, 7, 0x0a, 5, .. "hello"u8], response.Body);
        Assert.Equal(new Dictionary<string, string> { ["grpc-status"] = "0" }, response.Trailers);
        Assert.False(response.Headers.ContainsKey("grpc-status"));
    }

    [Fact]
    public async Task EmptyMessageBothWays_IsAPrefixAlone()
    {
        await using var server = await GrpcTestServer.StartAsync();

        var response = await server.Caller.CallAsync(RawCaller.Unary, new EchoRequest());

        Assert.Equal(new byte[5], response.Body);
        Assert.Equal("0", response.GrpcStatus);
    }

    [Fact]
    public async Task LargeMessage_ArrivesWhole()
    {
        await using var server = await GrpcTestServer.StartAsync();
        var payload = ByteString.CopyFrom([.. Enumerable.Range(0, 3_000_000).Select(i => (byte)i)]);

        var response = await server.Caller.CallAsync(RawCaller.Unary, new EchoRequest { Payload = payload });

        Assert.Equal(payload, Assert.Single(response.Messages(EchoReply.Parser)).Payload);
    }

    [Fact]
    public async Task RequestInSingleBytes_IsPutTogether()
    {
        await using var server = await GrpcTestServer.StartAsync();
        var content = new PushContent();
        var answer = server.Caller.StartAsync(RawCaller.Unary, content, CancellationToken.None);

        foreach (var octet in RawCaller.Frame(s_request))
        {
            await content.WriteAsync([octet]);
        }

        content.Complete();
        using var message = await answer.WithinAsync();
        var response = await RawResponse.ReadAsync(message);

        Assert.Equal("hello", Assert.Single(response.Messages(EchoReply.Parser)).Text);
    }

    public static TheoryData<string, byte[]> BrokenBodies => new()
    {
        { "nothing", [] },
        { "part of a prefix", [0, 0] },
        { "prefix alone", [0, 0, 0, 0, 9] },
        { "two messages", RawCaller.Frame(s_request, s_request) },
        { "trailing byte", [.. RawCaller.Frame(s_request), 0] },
        { "bad flag", RawCaller.Frame(s_request.ToByteArray(), flag: 2) },
        { "no protobuf", RawCaller.Frame([0xff, 0xff, 0xff], flag: 0) },
    };

    [Theory]
    [MemberData(nameof(BrokenBodies))]
    public async Task BrokenBody_IsInternal(string what, byte[] body)
    {
        await using var server = await GrpcTestServer.StartAsync();

        var response = await server.Caller.CallAsync(RawCaller.Unary, body);

        Assert.True(response.GrpcStatus == "13", $"{what}: {response.GrpcStatus} {response.GrpcMessage}");
        Assert.True(response.IsTrailersOnly);
        Assert.NotEmpty(response.GrpcMessage!);
    }

    [Fact]
    public async Task HandlerThatSetsAStatus_EndsWithItAndWithoutMessage()
    {
        await using var server = await GrpcTestServer.StartAsync();
        server.Behavior.Unary = (_, context) =>
        {
            context.Status = new Status(StatusCode.NotFound, "gone");
            return Task.FromResult(new EchoReply { Text = "unsent" });
        };

        var response = await server.Caller.CallAsync(RawCaller.Unary, s_request);

        Assert.Equal("5", response.GrpcStatus);
        Assert.Equal("gone", response.GrpcMessage);
        Assert.Empty(response.Body);
    }

    [Fact]
    public async Task HandlerThatReturnsNull_IsInternal()
    {
        await using var server = await GrpcTestServer.StartAsync();
        server.Behavior.Unary = (_, _) => Task.FromResult<EchoReply>(null!);

        var response = await server.Caller.CallAsync(RawCaller.Unary, s_request);

        Assert.Equal("13", response.GrpcStatus);
    }

    [Fact]
    public async Task Context_ShowsTheCall()
    {
        await using var server = await GrpcTestServer.StartAsync();
        List<object?> seen = [];
        server.Behavior.Unary = (request, context) =>
        {
            context.GetHttpContext().Items["shared"] = "item";
            seen.AddRange([context.Method, context.Host, context.Deadline, context.UserState["shared"], context.AuthContext.IsPeerAuthenticated]);
            Assert.StartsWith("ipv4:127.0.0.1:", context.Peer, StringComparison.Ordinal);
            return Task.FromResult(EchoBehavior.Reply(request));
        };

        var response = await server.Caller.CallAsync(RawCaller.Unary, s_request);

        Assert.Equal("0", response.GrpcStatus);
        Assert.Equal([RawCaller.Unary, server.Address.Authority, DateTime.MaxValue, "item", false], seen);
    }
}
