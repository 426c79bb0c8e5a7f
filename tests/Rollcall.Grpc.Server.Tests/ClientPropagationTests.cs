using Grpc.Core;
using Microsoft.Extensions.DependencyInjection;
using Rollcall.Grpc.Client;
using Rollcall.Grpc.Tests.Protos;

namespace Rollcall.Grpc.Server.Tests;

/// <summary>A service that calls another one through a client of its container.</summary>
public sealed class ClientPropagationTests
{
    private readonly TaskCompletionSource<DateTime> _deadline = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _cancelled = new(TaskCreationOptions.RunContinuationsAsynchronously);

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task DeadlineAndCancellation_AreThoseOfTheServedCall(bool ofTheUsersOwnContext)
    {
        await using var back = await StartBackAsync();
        await using var front = await StartFrontAsync(back, context: ofTheUsersOwnContext ? static c => new ContextForTests(c) : null);
        await using var channel = GrpcChannel.ForAddress(front.Address);
        using var cancellation = new CancellationTokenSource();
        var deadline = TimeProvider.System.GetUtcNow().UtcDateTime.AddHours(1);
        using var call = new Echo.EchoClient(channel).UnaryAsync(new EchoRequest(), deadline: deadline, cancellationToken: cancellation.Token);

        Assert.InRange(await _deadline.Task.WithinAsync(), deadline.AddMinutes(-1), deadline.AddMinutes(1));
        await cancellation.CancelAsync();

        await _cancelled.Task.WithinAsync();
        await Assert.ThrowsAsync<RpcException>(() => call.ResponseAsync.WithinAsync());
    }

    [Fact]
    public async Task EarlierDeadlineOfTheCall_Stays()
    {
        var earlier = TimeProvider.System.GetUtcNow().UtcDateTime.AddMinutes(10);
        await using var back = await StartBackAsync(hang: false);
        await using var front = await StartFrontAsync(back, new CallOptions(deadline: earlier));
        await using var channel = GrpcChannel.ForAddress(front.Address);

        await new Echo.EchoClient(channel).UnaryAsync(new EchoRequest(), deadline: earlier.AddHours(1)).ResponseAsync.WithinAsync();

        Assert.InRange(await _deadline.Task.WithinAsync(), earlier.AddMinutes(-1), earlier.AddMinutes(1));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task OutsideOfACall_TheClientRefusesUnlessAllowed(bool allowed)
    {
        await using var back = await StartBackAsync(hang: false);
        var services = new ServiceCollection();
        services.AddGrpcClient<Echo.EchoClient>(back.Address.ToString())
            .EnableCallContextPropagation(o => o.SuppressContextNotFoundErrors = allowed);
        await using var provider = services.BuildServiceProvider();
        var client = provider.GetRequiredService<Echo.EchoClient>();

        if (allowed)
        {
            await client.UnaryAsync(new EchoRequest()).ResponseAsync.WithinAsync();
            Assert.Equal(DateTime.MaxValue, await _deadline.Task.WithinAsync());
        }
        else
        {
            var error = Assert.Throws<InvalidOperationException>(() => { client.UnaryAsync(new EchoRequest()); });
            Assert.Contains("SuppressContextNotFoundErrors", error.Message, StringComparison.Ordinal);
        }
    }

    private async Task<GrpcTestServer> StartBackAsync(bool hang = true)
    {
        var back = await GrpcTestServer.StartAsync();
        back.Behavior.Unary = async (request, context) =>
        {
            _deadline.TrySetResult(context.Deadline);
            if (hang)
            {
                await using var registration = context.CancellationToken.Register(() => _cancelled.TrySetResult());
                await _cancelled.Task;
            }

            return EchoBehavior.Reply(request);
        };
        return back;
    }

    private static async Task<GrpcTestServer> StartFrontAsync(
        GrpcTestServer back, CallOptions options = default, Func<ServerCallContext, ServerCallContext>? context = null)
    {
        var front = await GrpcTestServer.StartAsync(
            services: s => s.AddGrpcClient<Echo.EchoClient>(back.Address.ToString()).EnableCallContextPropagation());
        front.Behavior.Unary = async (request, served) =>
        {
            var http = served.GetHttpContext();
            if (context is not null)
            {
                http.Features.Set<IServerCallContextFeature>(new Feature(context(served)));
            }

            return await http.RequestServices.GetRequiredService<Echo.EchoClient>().UnaryAsync(request, options);
        };
        return front;
    }

    private sealed record Feature(ServerCallContext ServerCallContext) : IServerCallContextFeature;

    /// <summary>Written by hand for tests of services, most contexts make no propagation tokens.</summary>
    private sealed class ContextForTests(ServerCallContext inner) : ForwardingCallContext(inner)
    {
        protected override ContextPropagationToken CreatePropagationTokenCore(ContextPropagationOptions? options) => throw new NotSupportedException();
    }
}
