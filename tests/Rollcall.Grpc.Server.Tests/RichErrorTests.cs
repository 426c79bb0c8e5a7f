using Grpc.Core;
using Rollcall.Grpc.Client;
using Rollcall.Grpc.Tests.Protos;

namespace Rollcall.Grpc.Server.Tests;

/// <summary>The <c>google.rpc.Status</c> that travels in <c>grpc-status-details-bin</c> beside the status.</summary>
public sealed class RichErrorTests
{
    private const string Key = "grpc-status-details-bin";

    private static readonly byte[] s_details = [.. Enumerable.Range(0, 4000).Select(i => (byte)i)];

    [Fact]
    public async Task ThrownWithTheStatus_ComesThrough()
    {
        await using var server = await GrpcTestServer.StartAsync();
        server.Behavior.Unary = (_, _) => throw new RpcException(new Status(StatusCode.InvalidArgument, "bad"), new Metadata { { Key, s_details } });
        await using var channel = GrpcChannel.ForAddress(server.Address);

        var error = await FailAsync(channel);

        Assert.Equal((StatusCode.InvalidArgument, "bad"), (error.StatusCode, error.Status.Detail));
        Assert.Equal(s_details, error.Trailers.GetValueBytes(Key));
    }

    [Fact]
    public async Task SetAsATrailer_ComesThrough()
    {
        await using var server = await GrpcTestServer.StartAsync();
        server.Behavior.Unary = (request, context) =>
        {
            context.Status = new Status(StatusCode.InvalidArgument, "bad");
            context.ResponseTrailers.Add(Key, s_details);
            return Task.FromResult(EchoBehavior.Reply(request));
        };
        await using var channel = GrpcChannel.ForAddress(server.Address);

        Assert.Equal(s_details, (await FailAsync(channel)).Trailers.GetValueBytes(Key));
    }

    [Fact]
    public async Task PassedOnByAServerBetween_ComesThrough()
    {
        await using var back = await GrpcTestServer.StartAsync();
        back.Behavior.Unary = (_, _) => throw new RpcException(new Status(StatusCode.InvalidArgument, "bad"), new Metadata { { Key, s_details } });
        await using var toBack = GrpcChannel.ForAddress(back.Address);
        await using var front = await GrpcTestServer.StartAsync();
        front.Behavior.Unary = (request, _) => new Echo.EchoClient(toBack).UnaryAsync(request).ResponseAsync;
        await using var toFront = GrpcChannel.ForAddress(front.Address);

        var error = await FailAsync(toFront);

        Assert.Equal((StatusCode.InvalidArgument, "bad"), (error.StatusCode, error.Status.Detail));
        Assert.Equal([s_details], error.Trailers.GetAll(Key).Select(entry => entry.ValueBytes));
    }

    private static Task<RpcException> FailAsync(GrpcChannel channel) => Assert.ThrowsAsync<RpcException>(
        () => new Echo.EchoClient(channel).UnaryAsync(new EchoRequest()).ResponseAsync.WithinAsync());
}
