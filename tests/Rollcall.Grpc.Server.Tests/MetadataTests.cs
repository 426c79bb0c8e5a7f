using Grpc.Core;
using Rollcall.Grpc.Tests.Protos;

namespace Rollcall.Grpc.Server.Tests;

public sealed class MetadataTests
{
    private static readonly EchoRequest s_request = new() { Text = "m" };

    [Fact]
    public async Task CustomMetadata_GoesBothWays()
    {
        await using var server = await GrpcTestServer.StartAsync();
        server.Behavior.Unary = async (request, context) =>
        {
            var initial = new Metadata();
            foreach (var entry in context.RequestHeaders.GetAll("x-initial"))
            {
                initial.Add(entry);
            }

            await context.WriteResponseHeadersAsync(initial);
            foreach (var entry in context.RequestHeaders.GetAll("x-trailing-bin"))
            {
                context.ResponseTrailers.Add(entry);
            }

            return EchoBehavior.Reply(request);
        };

        var response = await server.Caller.CallAsync(
            RawCaller.Unary, s_request, ("x-initial", "some value"), ("x-trailing-bin", "q6urq6ur"));

        Assert.Equal("some value", response.Headers["x-initial"]);
        Assert.Equal("q6urq6ur", response.Trailers["x-trailing-bin"]);
        Assert.Equal("0", response.GrpcStatus);
    }

    [Fact]
    public async Task ResponseHeaders_AreNotSentBeforeTheHandlerSendsThem()
    {
        await using var server = await GrpcTestServer.StartAsync();
        var received = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var goOn = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        server.Behavior.Duplex = async (requests, responses, context) =>
        {
            await requests.MoveNext();
            received.SetResult();
            await goOn.Task;
            await context.WriteResponseHeadersAsync(new Metadata { { "x-initial", "late" } });
            await requests.MoveNext();
        };
        var content = new PushContent();

        var answer = server.Caller.StartAsync(RawCaller.Duplex, content, CancellationToken.None);
        await content.WriteAsync(RawCaller.Frame(s_request));
        await received.Task.WithinAsync();
        var early = answer.IsCompleted;
        goOn.SetResult();
        using var message = await answer.WithinAsync();
        content.Complete();

        Assert.False(early);
        Assert.Equal("late", Assert.Single(message.Headers.GetValues("x-initial")));
        Assert.Equal("0", (await RawResponse.ReadAsync(message)).Trailers["grpc-status"]);
    }

    [Fact]
    public async Task ResponseHeadersSentTwice_SaySo()
    {
        await using var server = await GrpcTestServer.StartAsync();
        server.Behavior.Unary = async (request, context) =>
        {
            await context.WriteResponseHeadersAsync([]);
            await Assert.ThrowsAsync<InvalidOperationException>(() => context.WriteResponseHeadersAsync([]));
            return EchoBehavior.Reply(request);
        };

        var response = await server.Caller.CallAsync(RawCaller.Unary, s_request);

        Assert.Equal("0", response.GrpcStatus);
    }

    [Fact]
    public async Task RequestHeaders_ShowMetadataAndNotTheProtocol()
    {
        await using var server = await GrpcTestServer.StartAsync();
        Metadata? seen = null;
        server.Behavior.Unary = (request, context) =>
        {
            seen = context.RequestHeaders;
            return Task.FromResult(EchoBehavior.Reply(request));
        };

        await server.Caller.CallAsync(
            RawCaller.Unary,
            s_request,
            ("X-Text", "a"),
            ("x-padded-bin", "AQ=="),
            ("x-many-bin", "AQ, AQI"),
            ("x-bad-bin", "***"),
            ("grpc-timeout", "1H"),
            ("grpc-accept-encoding", "gzip"));

        Assert.NotNull(seen);
        Assert.Equal("a", seen.GetValue("x-text"));
        Assert.Equal([1], seen.GetValueBytes("x-padded-bin"));
        Assert.Equal([[1], [1, 2]], seen.GetAll("x-many-bin").Select(entry => entry.ValueBytes));
        Assert.Empty(seen.GetAll("x-bad-bin"));
        Assert.Equal(4, seen.Count);
    }
}
