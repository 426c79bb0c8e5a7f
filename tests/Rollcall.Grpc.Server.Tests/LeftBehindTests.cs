using System.Text;
using Grpc.Core;

namespace Rollcall.Grpc.Server.Tests;

/// <summary>
/// What a handler leaves behind when it returns, against the rules or by an oversight: it gets an error, and the calls that come next on the
/// connection, for which the server uses the same stream again, notice nothing.
/// </summary>
public sealed class LeftBehindTests
{
    private const string Write = "/left.Behind/Write";

    // The first message is in the making when its call ends, and is made while the next call runs.
    [Fact]
    public async Task WriteThatIsBeingSerialized_FailsAndTheNextCallHasItsOwnMessageAlone()
    {
        var serializing = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        using var serialize = new ManualResetEventSlim();
        var marshaller = Marshallers.Create(
            text =>
            {
                if (text == "left")
                {
                    serializing.SetResult();
                    Assert.True(serialize.Wait(TimeSpan.FromSeconds(30)));
                }

                return Encoding.UTF8.GetBytes(text);
            },
            Encoding.UTF8.GetString);
        Task? left = null;
        await using var server = await StartAsync(marshaller, async (request, responses, _) =>
        {
            if (request == "first")
            {
                left = Task.Run(() => responses.WriteAsync("left"));
                await serializing.Task.WithinAsync();
                return;
            }

            serialize.Set();
            await Record.ExceptionAsync(() => left!.WithinAsync());
            await responses.WriteAsync(request);
        });

        var first = await server.Caller.CallAsync(Write, RawCaller.Frame("first"u8.ToArray(), flag: 0));
        var second = await server.Caller.CallAsync(Write, RawCaller.Frame("second"u8.ToArray(), flag: 0));

        Assert.Equal(("0", "0"), (first.GrpcStatus, second.GrpcStatus));
        Assert.Empty(first.Body);
        Assert.Equal(RawCaller.Frame("second"u8.ToArray(), flag: 0), second.Body);
        var error = await Assert.ThrowsAsync<InvalidOperationException>(() => left!);
        Assert.Equal("The call has ended; write only before the handler returns.", error.Message);
    }

    private static Task<GrpcTestServer> StartAsync(Marshaller<string> marshaller, ServerStreamingServerMethod<string, string> handler) =>
        GrpcTestServer.StartAsync(map: app => app.MapGrpcService(ServerServiceDefinition.CreateBuilder()
            .AddMethod(new Method<string, string>(MethodType.ServerStreaming, "left.Behind", "Write", marshaller, marshaller), handler)
            .Build()));
}
