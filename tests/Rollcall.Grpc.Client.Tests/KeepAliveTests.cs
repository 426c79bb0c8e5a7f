using System.Globalization;
using Grpc.Core;
using Rollcall.TestKit;

namespace Rollcall.Grpc.Client.Tests;

public class KeepAliveTests
{
    [Fact]
    public async Task ProcessThatIsStopped_IsFoundByPingsAndUsedAgainWhenItGoesOn()
    {
        var port = FreePort.Next();
        await using var server = ChildProcess.Start(
            "dotnet", [BuiltProgram.Path("samples", "HelloGrpc"), "server"],
            new Dictionary<string, string?> { ["PORT"] = port.ToString(CultureInfo.InvariantCulture) });
        using var channel = GrpcChannel.ForAddress(
            $"http://127.0.0.1:{port}",
            new GrpcChannelOptions { KeepAlivePingDelay = TimeSpan.FromSeconds(1), KeepAlivePingTimeout = TimeSpan.FromSeconds(1) });

        // The method is unknown there: any answer shows that the process runs.
        Assert.Equal(StatusCode.Unimplemented, (await FailAsync(channel)).StatusCode);
        await server.SignalAsync("STOP");
        var error = await FailAsync(channel);
        Assert.Equal(StatusCode.Unavailable, error.StatusCode);
        Assert.Contains($"127.0.0.1:{port}", error.Status.Detail, StringComparison.Ordinal);
        await server.SignalAsync("CONT");

        Assert.Equal(StatusCode.Unimplemented, (await FailAsync(channel)).StatusCode);
    }

    private static Task<RpcException> FailAsync(GrpcChannel channel) => Assert.ThrowsAsync<RpcException>(
        () => channel.CreateCallInvoker().AsyncUnaryCall(TextMethods.Unary, null, default(CallOptions).WithWaitForReady(), "x")
            .ResponseAsync.WithinAsync(TimeSpan.FromSeconds(30)));
}
