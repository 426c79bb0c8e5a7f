using Google.Protobuf;
using Rollcall.Grpc.Tests.Protos;

namespace Rollcall.Grpc.Server.Tests;

public sealed class MessageSizeTests
{
    private const int DefaultLimit = 4 * 1024 * 1024;

    [Theory]
    [InlineData(DefaultLimit, "0")]
    [InlineData(DefaultLimit + 1, "8")]
    public async Task RequestAtTheDefaultLimitAndOneMore_IsTakenAndRefused(int size, string status)
    {
        await using var server = await GrpcTestServer.StartAsync();

        var response = await server.Caller.CallAsync(RawCaller.Unary, RequestOfSize(size));

        Assert.Equal(status, response.GrpcStatus);
    }

    [Fact]
    public async Task RequestOfFiveMegabytes_PassesARaisedLimit()
    {
        await using var server = await GrpcTestServer.StartAsync(options => options.MaxReceiveMessageSize = 5 * 1024 * 1024);

        var response = await server.Caller.CallAsync(RawCaller.Unary, RequestOfSize(5 * 1024 * 1024));

        Assert.Equal("0", response.GrpcStatus);
    }

    [Fact]
    public async Task RequestBeyondTheServersBodyLimit_PassesWithoutALimit()
    {
        await using var server = await GrpcTestServer.StartAsync(options => options.MaxReceiveMessageSize = null);
        server.Behavior.Unary = (request, _) => Task.FromResult(new EchoReply { Text = $"{request.Payload.Length}" });

        var response = await server.Caller.CallAsync(RawCaller.Unary, new EchoRequest { Payload = ByteString.CopyFrom(new byte[31_000_000]) });

        Assert.Equal("0", response.GrpcStatus);
        Assert.Equal("31000000", Assert.Single(response.Messages(EchoReply.Parser)).Text);
    }

    [Theory]
    [InlineData(RawCaller.Unary)]
    [InlineData(RawCaller.ClientStream)]
    public async Task HugePrefix_IsRefusedBeforeThePayload(string path)
    {
        await using var server = await GrpcTestServer.StartAsync();
        var content = new PushContent();
        var answer = server.Caller.StartAsync(path, content, CancellationToken.None);

        await content.WriteAsync([0, 0xff, 0xff, 0xff, 0xff]);
        using var message = await answer.WithinAsync();
        var response = await RawResponse.ReadAsync(message);
        content.Complete();

        Assert.Equal("8", response.GrpcStatus);
        Assert.Contains("4294967295 bytes", response.GrpcMessage, StringComparison.Ordinal);
        Assert.Contains("MaxReceiveMessageSize", response.GrpcMessage, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(100, "0")]
    [InlineData(99, "8")]
    public async Task ResponseAtTheLimitAndOneMore_IsSentAndRefused(int limit, string status)
    {
        await using var server = await GrpcTestServer.StartAsync(options => options.MaxSendMessageSize = limit);

        var response = await server.Caller.CallAsync(RawCaller.Unary, RequestOfSize(100));

        Assert.Equal(status, response.GrpcStatus);
        Assert.Equal(status == "0" ? 105 : 0, response.Body.Length);
    }

    private static EchoRequest RequestOfSize(int size)
    {
        var request = new EchoRequest { Payload = ByteString.CopyFrom(new byte[size - 2]) };
        request.Payload = ByteString.CopyFrom(new byte[size - (request.CalculateSize() - size) - 2]);
        Assert.Equal(size, request.CalculateSize());
        return request;
    }
}
