using Google.Protobuf;
using Grpc.Core;
using Grpc.Core.Utils;
using Grpc.Health.V1;
using Microsoft.AspNetCore.Routing;
using Rollcall.Grpc.Client;
using Rollcall.Grpc.Server.Health;
using Rollcall.Grpc.Tests.Protos;

namespace Rollcall.Grpc.Server.Tests;

/// <summary>Generated client over our channel against generated service on our server.</summary>
public sealed class EndToEndTests
{
    private static readonly EchoRequest s_request = new() { Text = "e", Count = 3 };

    [Fact]
    public async Task EveryKindOfCall_Works()
    {
        await using var server = await GrpcTestServer.StartAsync();
        await using var channel = GrpcChannel.ForAddress(server.Address);
        var client = new Echo.EchoClient(channel);

        var unary = await client.UnaryAsync(s_request).ResponseAsync.WithinAsync();
        using var clientStream = client.ClientStream();
        await clientStream.RequestStream.WriteAllAsync([s_request, s_request]).WithinAsync();
        var joined = await clientStream.ResponseAsync.WithinAsync();
        using var serverStream = client.ServerStream(s_request);
        var replies = await serverStream.ResponseStream.ToListAsync().WithinAsync();
        using var duplex = client.Duplex();
        for (var i = 0; i < 10; i++)
        {
            await duplex.RequestStream.WriteAsync(new EchoRequest { Text = $"{i}" }).WithinAsync();
            Assert.True(await duplex.ResponseStream.MoveNext().WithinAsync());
            Assert.Equal($"{i}", duplex.ResponseStream.Current.Text);
        }

        await duplex.RequestStream.CompleteAsync().WithinAsync();
        Assert.False(await duplex.ResponseStream.MoveNext().WithinAsync());

        Assert.Equal("e", unary.Text);
        Assert.Equal("e,e", joined.Text);
        Assert.Equal(["e", "e", "e"], replies.Select(reply => reply.Text));
        Assert.Equal(Status.DefaultSuccess, duplex.GetStatus());
    }

    [Fact]
    public async Task StatusMetadataAndTrailers_ComeThrough()
    {
        await using var server = await GrpcTestServer.StartAsync();
        server.Behavior.Unary = async (_, context) =>
        {
            await context.WriteResponseHeadersAsync(new Metadata { { "initial", context.RequestHeaders.GetValue("sent")! } });
            throw new RpcException(
                new Status(StatusCode.AlreadyExists, "schon da: ☺ 100%"), new Metadata { { "t-bin", context.RequestHeaders.GetValueBytes("s-bin")! } });
        };
        await using var channel = GrpcChannel.ForAddress(server.Address);

        using var call = new Echo.EchoClient(channel).UnaryAsync(s_request, new Metadata { { "sent", "text" }, { "s-bin", [1, 2, 3] } });
        var headers = await call.ResponseHeadersAsync.WithinAsync();
        var error = await Assert.ThrowsAsync<RpcException>(() => call.ResponseAsync.WithinAsync());

        Assert.Equal("text", headers.GetValue("initial"));
        Assert.Equal(new Status(StatusCode.AlreadyExists, "schon da: ☺ 100%"), new Status(error.StatusCode, error.Status.Detail));
        Assert.Equal([1, 2, 3], error.Trailers.GetValueBytes("t-bin"));
    }

    [Fact]
    public async Task DeadlineOfTheCaller_IsSeenByTheHandlerAndEndsBothSides()
    {
        await using var server = await GrpcTestServer.StartAsync();
        var ended = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        server.Behavior.Unary = async (request, context) =>
        {
            Assert.NotEqual(DateTime.MaxValue, context.Deadline);
            try
            {
                await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, context.CancellationToken);
            }
            finally
            {
                ended.SetResult();
            }

            return EchoBehavior.Reply(request);
        };
        await using var channel = GrpcChannel.ForAddress(server.Address);
        var client = new Echo.EchoClient(channel);
        var deadline = TimeProvider.System.GetUtcNow().UtcDateTime.AddMilliseconds(500);

        var error = await Assert.ThrowsAsync<RpcException>(() => client.UnaryAsync(s_request, deadline: deadline).ResponseAsync.WithinAsync());

        Assert.Equal(StatusCode.DeadlineExceeded, error.StatusCode);
        await ended.Task.WithinAsync();
    }

    [Fact]
    public async Task CallGivenUpAfterTheFirstResponse_EndsTheHandler()
    {
        await using var server = await GrpcTestServer.StartAsync();
        var ended = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        server.Behavior.Duplex = async (requests, responses, context) =>
        {
            await requests.MoveNext();
            await responses.WriteAsync(EchoBehavior.Reply(requests.Current));
            context.CancellationToken.Register(ended.SetResult);
            await requests.MoveNext();
        };
        await using var channel = GrpcChannel.ForAddress(server.Address);

        var call = new Echo.EchoClient(channel).Duplex();
        await call.RequestStream.WriteAsync(s_request).WithinAsync();
        Assert.True(await call.ResponseStream.MoveNext().WithinAsync());
        call.Dispose();

        await ended.Task.WithinAsync();
    }

    [Fact]
    public async Task LimitsOfBothSides_AreResourceExhausted()
    {
        await using var server = await GrpcTestServer.StartAsync(options => options.MaxReceiveMessageSize = 1000);
        server.Behavior.ServerStream = (_, responses, _) => responses.WriteAsync(new EchoReply { Payload = ByteString.CopyFrom(new byte[5_000_000]) });
        await using var channel = GrpcChannel.ForAddress(server.Address);
        var client = new Echo.EchoClient(channel);

        var request = await Assert.ThrowsAsync<RpcException>(
            () => client.UnaryAsync(new EchoRequest { Payload = ByteString.CopyFrom(new byte[1001]) }).ResponseAsync.WithinAsync());
        using var stream = client.ServerStream(s_request);
        var response = await Assert.ThrowsAsync<RpcException>(() => stream.ResponseStream.MoveNext().WithinAsync());

        Assert.Equal(StatusCode.ResourceExhausted, request.StatusCode);
        Assert.Equal(StatusCode.ResourceExhausted, response.StatusCode);
    }

    [Fact]
    public async Task GzipResponses_AreReadByTheChannel()
    {
        await using var server = await GrpcTestServer.StartAsync(options => options.ResponseCompressionAlgorithm = "gzip");
        await using var channel = GrpcChannel.ForAddress(server.Address);

        var reply = await new Echo.EchoClient(channel).UnaryAsync(new EchoRequest { Text = new string('g', 10_000) }).ResponseAsync.WithinAsync();

        Assert.Equal(10_000, reply.Text.Length);
    }

    [Fact]
    public async Task ManyCallsAtOnce_AllSucceed()
    {
        await using var server = await GrpcTestServer.StartAsync();
        await using var channel = GrpcChannel.ForAddress(server.Address);
        var client = new Echo.EchoClient(channel);

        var replies = await Task.WhenAll(Enumerable.Range(0, 2000).Select(i => client.UnaryAsync(new EchoRequest { Text = $"{i}" }).ResponseAsync))
            .WithinAsync(TimeSpan.FromSeconds(30));

        Assert.Equal(Enumerable.Range(0, 2000).Select(i => $"{i}"), replies.Select(reply => reply.Text));
    }

    [Fact]
    public async Task HealthService_IsCalledWithTheGeneratedClient()
    {
        await using var server = await GrpcTestServer.StartAsync(services: services => services.AddGrpcHealth(), map: Map);
        await using var channel = GrpcChannel.ForAddress(server.Address);
        var health = new global::Grpc.Health.V1.Health.HealthClient(channel);

        var known = await health.CheckAsync(new HealthCheckRequest { Service = "rollcall.test.Echo" }).ResponseAsync.WithinAsync();
        var unknown = await Assert.ThrowsAsync<RpcException>(
            () => health.CheckAsync(new HealthCheckRequest { Service = "nobody" }).ResponseAsync.WithinAsync());

        Assert.Equal(HealthCheckResponse.Types.ServingStatus.Serving, known.Status);
        Assert.Equal(StatusCode.NotFound, unknown.StatusCode);

        static void Map(IEndpointRouteBuilder app)
        {
            app.MapGrpcService<EchoService>();
            app.MapGrpcHealthService();
        }
    }
}
