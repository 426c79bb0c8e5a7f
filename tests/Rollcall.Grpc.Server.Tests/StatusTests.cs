using Grpc.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Rollcall.Grpc.Tests.Protos;

namespace Rollcall.Grpc.Server.Tests;

public sealed class StatusTests
{
    private static readonly EchoRequest s_request = new() { Text = "s" };

    [Fact]
    public async Task StatusThrown_IsSentWithItsTrailersInOneHeaderBlock()
    {
        await using var server = await GrpcTestServer.StartAsync();
        server.Behavior.Unary = (_, context) =>
        {
            context.ResponseTrailers.Add("set", "1");
            throw new RpcException(
                new Status(StatusCode.FailedPrecondition, "not now"),
                new Metadata { { "why", "closed" }, { "grpc-status-details-bin", new byte[] { 1, 2 } } });
        };

        var response = await server.Caller.CallAsync(RawCaller.Unary, s_request);

        Assert.True(response.IsTrailersOnly);
        Assert.Equal("9", response.GrpcStatus);
        Assert.Equal("not now", response.GrpcMessage);
        Assert.Equal("closed", response.Headers["why"]);
        Assert.Equal("1", response.Headers["set"]);
        Assert.Equal("AQI", response.Headers["grpc-status-details-bin"]);
    }

    [Theory]
    [InlineData(RawCaller.Unary)]
    [InlineData(RawCaller.ClientStream)]
    public async Task OkThrownWithoutTheResponse_IsInternal(string path)
    {
        await using var server = await GrpcTestServer.StartAsync();
        server.Behavior.Unary = (_, _) => throw new RpcException(Status.DefaultSuccess, new Metadata { { "why", "lazy" } });
        server.Behavior.ClientStream = async (_, _) =>
        {
            await Task.Yield();
            throw new RpcException(Status.DefaultSuccess, new Metadata { { "why", "lazy" } });
        };

        var response = await server.Caller.CallAsync(path, s_request);

        Assert.True(response.IsTrailersOnly);
        Assert.Equal("13", response.GrpcStatus);
        Assert.Contains("status OK", response.GrpcMessage, StringComparison.Ordinal);
        Assert.Equal("lazy", response.Headers["why"]);
    }

    [Fact]
    public async Task OkThrownByAStreamOfResponses_EndsIt()
    {
        await using var server = await GrpcTestServer.StartAsync();
        server.Behavior.ServerStream = async (request, responses, _) =>
        {
            await responses.WriteAsync(EchoBehavior.Reply(request));
            throw new RpcException(Status.DefaultSuccess);
        };

        var response = await server.Caller.CallAsync(RawCaller.ServerStream, s_request);

        Assert.Single(response.Messages(EchoReply.Parser));
        Assert.Equal("0", response.GrpcStatus);
    }

    [Fact]
    public async Task StatusThrownAfterAMessage_IsInTheTrailers()
    {
        await using var server = await GrpcTestServer.StartAsync();
        server.Behavior.ServerStream = async (request, responses, _) =>
        {
            await responses.WriteAsync(EchoBehavior.Reply(request));
            throw new RpcException(new Status(StatusCode.Aborted, "lost"));
        };

        var response = await server.Caller.CallAsync(RawCaller.ServerStream, s_request);

        Assert.Single(response.Messages(EchoReply.Parser));
        Assert.Equal("10", response.Trailers["grpc-status"]);
        Assert.Equal("lost", response.Trailers["grpc-message"]);
    }

    [Fact]
    public async Task SpecialStatusMessage_IsPercentEncoded()
    {
        await using var server = await GrpcTestServer.StartAsync();
        const string Message = "\t\ntest with whitespace\r\nand Unicode BMP ☺ and non-BMP 😈 100%\t\n";
        server.Behavior.Unary = (_, _) => throw new RpcException(new Status(StatusCode.Unknown, Message));

        var response = await server.Caller.CallAsync(RawCaller.Unary, s_request);

        Assert.Contains("%E2%98%BA", response.GrpcMessage, StringComparison.Ordinal);
        Assert.Equal(Message, GrpcStatusMessage.Decode(response.GrpcMessage!));
    }

    [Theory]
    [InlineData(false, "Exception was thrown by handler.")]
    [InlineData(true, "Exception was thrown by handler. InvalidOperationException: secret")]
    public async Task OtherException_IsUnknownLoggedAndToldOnlyIfEnabled(bool detailed, string expected)
    {
        await using var server = await GrpcTestServer.StartAsync(options => options.EnableDetailedErrors = detailed);
        server.Logs.Expect(entry => entry.Exception?.Message == "secret");
        server.Behavior.Unary = (_, _) => throw new InvalidOperationException("secret");

        var response = await server.Caller.CallAsync(RawCaller.Unary, s_request);

        Assert.Equal("2", response.GrpcStatus);
        Assert.Equal(expected, response.GrpcMessage);
        Assert.Contains(server.Logs.Entries, entry => entry.Level == LogLevel.Error && entry.Message.Contains(RawCaller.Unary, StringComparison.Ordinal));
    }

    [Fact]
    public async Task ExceptionsWithinOne_AreToldAfterIt()
    {
        await using var server = await GrpcTestServer.StartAsync(options => options.EnableDetailedErrors = true);
        server.Logs.Expect(entry => entry.Exception?.Message == "no order");
        server.Behavior.Unary = (_, _) =>
            throw new InvalidOperationException("no order", new IOException("no disk", new TimeoutException("no answer")));

        var response = await server.Caller.CallAsync(RawCaller.Unary, s_request);

        Assert.Equal(
            "Exception was thrown by handler. InvalidOperationException: no order IOException: no disk TimeoutException: no answer", response.GrpcMessage);
    }

    [Fact]
    public async Task LogThatCannotBeWritten_TheStatusIsSentAllTheSame()
    {
        var disk = new FullDisk();
        await using var server = await GrpcTestServer.StartAsync(
            services: services => services.AddLogging(logging => logging.AddProvider(disk).AddFilter<FullDisk>("Microsoft", LogLevel.None)));
        server.Logs.Expect(static entry => entry.Exception?.Message == "secret");
        server.Behavior.Unary = (request, _) => throw (request.Text == "s" ? new InvalidOperationException("secret") : new RpcException(new Status(StatusCode.Aborted, "lost")));

        Assert.Equal("2", (await server.Caller.CallAsync(RawCaller.Unary, s_request)).GrpcStatus);
        Assert.Equal("10", (await server.Caller.CallAsync(RawCaller.Unary, new EchoRequest { Text = "t" })).GrpcStatus);
        Assert.Equal(2, disk.Refused);
    }

    [Fact]
    public async Task ReservedTrailers_CannotFakeAStatus()
    {
        await using var server = await GrpcTestServer.StartAsync();
        server.Behavior.Unary = (request, context) =>
        {
            context.ResponseTrailers.Add("grpc-status", "7");
            context.ResponseTrailers.Add("grpc-message", "fake");
            return Task.FromResult(EchoBehavior.Reply(request));
        };

        var response = await server.Caller.CallAsync(RawCaller.Unary, s_request);

        Assert.Equal("0", response.GrpcStatus);
        Assert.Null(response.GrpcMessage);
    }
}
