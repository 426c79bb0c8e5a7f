using Grpc.Core;
using Rollcall.Grpc.Client;
using Rollcall.Grpc.Tests.Protos;

namespace Rollcall.Grpc.Server.Tests;

/// <summary>Responses written in quick succession are gathered before they are flushed; nobody may notice but by the speed.</summary>
public sealed class QuickWritesTests
{
    private const int Many = 10_000;

    [Fact]
    public async Task ManyMessages_ComeInOrder()
    {
        await using var server = await GrpcTestServer.StartAsync();
        server.Behavior.ServerStream = async (_, responses, _) =>
        {
            for (var i = 0; i < Many; i++)
            {
                await responses.WriteAsync(new EchoReply { Text = $"{i}" });
                if (i % 1000 == 0)
                {
                    await Task.Yield();
                }
            }
        };
        await using var channel = GrpcChannel.ForAddress(server.Address);

        using var call = new Echo.EchoClient(channel).ServerStream(new EchoRequest());

        Assert.Equal(Enumerable.Range(0, Many).Select(i => $"{i}"), await ReadTextsAsync(call));
    }

    [Fact]
    public async Task HandlerThatWaitsAfterItsWrites_HasAllOfThemSent()
    {
        await using var server = await GrpcTestServer.StartAsync();
        var received = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        server.Behavior.ServerStream = async (_, responses, _) =>
        {
            for (var i = 0; i < Many; i++)
            {
                await responses.WriteAsync(new EchoReply { Text = $"{i}" });
            }

            await received.Task.WithinAsync();
        };
        await using var channel = GrpcChannel.ForAddress(server.Address);

        using var call = new Echo.EchoClient(channel).ServerStream(new EchoRequest());
        for (var i = 0; i < Many; i++)
        {
            Assert.True(await call.ResponseStream.MoveNext().WithinAsync());
        }

        received.SetResult();
        Assert.False(await call.ResponseStream.MoveNext().WithinAsync());
    }

    [Fact]
    public async Task HandlerThatFailsAfterItsWrites_HasAllOfThemSentBeforeTheStatus()
    {
        await using var server = await GrpcTestServer.StartAsync();
        server.Behavior.ServerStream = async (_, responses, _) =>
        {
            for (var i = 0; i < Many; i++)
            {
                await responses.WriteAsync(new EchoReply { Text = $"{i}" });
            }

            throw new RpcException(new Status(StatusCode.DataLoss, "no more"));
        };
        await using var channel = GrpcChannel.ForAddress(server.Address);

        using var call = new Echo.EchoClient(channel).ServerStream(new EchoRequest());
        for (var i = 0; i < Many; i++)
        {
            Assert.True(await call.ResponseStream.MoveNext().WithinAsync());
        }

        var error = await Assert.ThrowsAsync<RpcException>(() => call.ResponseStream.MoveNext().WithinAsync());
        Assert.Equal(StatusCode.DataLoss, error.StatusCode);
    }

    [Fact]
    public async Task CallerThatGivesUp_IsNoticedByTheHandler()
    {
        await using var server = await GrpcTestServer.StartAsync();
        var noticed = new TaskCompletionSource<Exception>(TaskCreationOptions.RunContinuationsAsynchronously);
        server.Behavior.ServerStream = async (_, responses, _) =>
        {
            try
            {
                while (true)
                {
                    await responses.WriteAsync(new EchoReply { Text = "for ever" });
                }
            }
            catch (Exception e)
            {
                noticed.SetResult(e);
                throw;
            }
        };
        await using var channel = GrpcChannel.ForAddress(server.Address);

        using (var call = new Echo.EchoClient(channel).ServerStream(new EchoRequest()))
        {
            for (var i = 0; i < Many; i++)
            {
                Assert.True(await call.ResponseStream.MoveNext().WithinAsync());
            }
        }

        Assert.IsAssignableFrom<OperationCanceledException>(await noticed.Task.WithinAsync());
    }

    [Fact]
    public async Task LargeMessagesAmongSmallOnes_ComeWhole()
    {
        await using var server = await GrpcTestServer.StartAsync();
        static int Length(int i) => i % 500 == 0 ? 200_000 : 1;
        server.Behavior.ServerStream = async (_, responses, _) =>
        {
            for (var i = 0; i < Many; i++)
            {
                await responses.WriteAsync(new EchoReply { Text = new string('x', Length(i)) });
            }
        };
        await using var channel = GrpcChannel.ForAddress(server.Address);

        using var call = new Echo.EchoClient(channel).ServerStream(new EchoRequest());

        Assert.Equal(Enumerable.Range(0, Many).Select(Length), (await ReadTextsAsync(call)).Select(text => text.Length));
    }

    private static async Task<List<string>> ReadTextsAsync(AsyncServerStreamingCall<EchoReply> call)
    {
        var texts = new List<string>();
        while (await call.ResponseStream.MoveNext().WithinAsync())
        {
            texts.Add(call.ResponseStream.Current.Text);
        }

        return texts;
    }
}
