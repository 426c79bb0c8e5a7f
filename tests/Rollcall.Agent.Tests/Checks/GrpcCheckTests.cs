using System.Net;
using System.Net.Sockets;
using System.Text;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Rollcall.Agent.Checks;
using Rollcall.TestKit;

namespace Rollcall.Agent.Tests.Checks;

public sealed class GrpcCheckTests
{
    private static readonly byte[] s_serving = [0, 0, 0, 0, 2, 0x08, 0x01];

    [Theory]
    [InlineData("", "")]
    [InlineData("/", "")]
    [InlineData("/orders.Orders", "orders.Orders")]
    [InlineData("/a/b", "a/b")]
    public async Task Serving_PassesAndTheServiceIsNamed(string path, string service)
    {
        var asked = new TaskCompletionSource<(string Head, byte[] Body)>(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var server = await StartAsync(async context =>
        {
            using var body = new MemoryStream();
            await context.Request.Body.CopyToAsync(body);
            var request = context.Request;
            asked.TrySetResult(($"{request.Protocol} {request.Method} {request.Path} {request.ContentType} {request.Headers.TE}", body.ToArray()));
            await AnswerAsync(context, s_serving);
        });
        await using var rig = new CheckRig();
        var target = server.HostAndPort + path;
        Assert.Equal(("c1", "passing", $"gRPC check {target}: success"), await rig.FirstResultAsync(CheckRig.Spec(CheckKind.Grpc, target)));

        var (head, message) = await asked.Task.WithinAsync();
        Assert.Equal("HTTP/2 POST /grpc.health.v1.Health/Check application/grpc trailers", head);
        byte[] field = service.Length == 0 ? [] : [0x0A, (byte)service.Length, .. Encoding.UTF8.GetBytes(service)];
        Assert.Equal([0, 0, 0, 0, (byte)field.Length, .. field], message);
    }

    [Theory]
    [InlineData(new byte[] { 0, 0, 0, 0, 2, 0x08, 0x02 })] // NOT_SERVING
    [InlineData(new byte[] { 0, 0, 0, 0, 0 })] // UNKNOWN, which is not written
    [InlineData(new byte[] { 0, 0, 0, 0, 2, 0x08, 0x63 })] // a status of the future
    public async Task AnyOtherStatus_IsCritical(byte[] answer)
    {
        await using var server = await StartAsync(context => AnswerAsync(context, answer));
        await using var rig = new CheckRig();
        Assert.Equal(
            ("c1", "critical", "gRPC application didn't report service healthy"),
            await rig.FirstResultAsync(CheckRig.Spec(CheckKind.Grpc, server.HostAndPort)));
    }

    [Fact]
    public async Task UnknownField_IsSkipped()
    {
        await using var server = await StartAsync(context => AnswerAsync(context, [0, 0, 0, 0, 6, 0x12, 0x02, 0x41, 0x42, 0x08, 0x01]));
        await using var rig = new CheckRig();
        Assert.Equal("passing", (await rig.FirstResultAsync(CheckRig.Spec(CheckKind.Grpc, server.HostAndPort))).Status);
    }

    [Fact]
    public async Task UnknownService_NothingButTrailers_ShowsCodeAndMessage()
    {
        await using var server = await StartAsync(context =>
        {
            context.Response.ContentType = "application/grpc";
            context.Response.Headers["grpc-status"] = "5";
            context.Response.Headers["grpc-message"] = "unknown%20service%20%E2%82%AC";
            return Task.CompletedTask;
        });
        await using var rig = new CheckRig();
        Assert.Equal(
            ("c1", "critical", "rpc error: code = NotFound desc = unknown service €"),
            await rig.FirstResultAsync(CheckRig.Spec(CheckKind.Grpc, server.HostAndPort + "/x")));
    }

    [Theory]
    [InlineData(new byte[] { 0, 0, 0 })]
    [InlineData(new byte[] { 0, 0, 0, 0, 9, 0x08, 0x01 })]
    [InlineData(new byte[] { 1, 0, 0, 0, 2, 0x08, 0x01 })]
    [InlineData(new byte[] { 0, 0, 0, 0, 2, 0x08, 0xFF })]
    [InlineData(new byte[] { 0, 0xFF, 0xFF, 0xFF, 0xFF, 0x08, 0x01 })]
    public async Task BrokenAnswer_IsCritical(byte[] answer)
    {
        await using var server = await StartAsync(context => AnswerAsync(context, answer));
        await using var rig = new CheckRig();
        Assert.Equal(
            ("c1", "critical", "rpc error: code = Internal desc = the answer is not a grpc.health.v1.HealthCheckResponse"),
            await rig.FirstResultAsync(CheckRig.Spec(CheckKind.Grpc, server.HostAndPort)));
    }

    [Fact]
    public async Task HugeAnswer_IsRefused()
    {
        await using var server = await StartAsync(context => AnswerAsync(context, new byte[1_000_000]));
        await using var rig = new CheckRig();
        Assert.StartsWith(
            "rpc error: code = ResourceExhausted",
            (await rig.FirstResultAsync(CheckRig.Spec(CheckKind.Grpc, server.HostAndPort))).Output,
            StringComparison.Ordinal);
    }

    [Fact]
    public async Task NoTrailers_IsCritical()
    {
        await using var server = await StartAsync(context =>
        {
            context.Response.ContentType = "application/grpc";
            return context.Response.Body.WriteAsync(s_serving).AsTask();
        });
        await using var rig = new CheckRig();
        Assert.Equal("critical", (await rig.FirstResultAsync(CheckRig.Spec(CheckKind.Grpc, server.HostAndPort))).Status);
    }

    [Fact]
    public async Task NobodyListens_IsCriticalInConsulsWords()
    {
        var target = $"127.0.0.1:{FreePort.Next()}";
        await using var rig = new CheckRig();
        Assert.Equal(
            ("c1", "critical", "rpc error: code = Unavailable desc = connection error: desc = \"transport: Error while dialing "
                + $"dial tcp {target}: connect: connection refused\""),
            await rig.FirstResultAsync(CheckRig.Spec(CheckKind.Grpc, target + "/svc")));
    }

    [Fact]
    public async Task ServerWithoutHttp2_IsCritical()
    {
        await using var server = await LoopbackServer.StartAsync(static _ => Task.CompletedTask);
        await using var rig = new CheckRig();
        Assert.StartsWith(
            "rpc error: code = Unavailable desc = ",
            (await rig.FirstResultAsync(CheckRig.Spec(CheckKind.Grpc, server.HostAndPort))).Output,
            StringComparison.Ordinal);
    }

    [Fact]
    public async Task NotAnAddress_SaysWhatIsExpected()
    {
        await using var rig = new CheckRig();
        var (_, status, output) = await rig.FirstResultAsync(CheckRig.Spec(CheckKind.Grpc, "http://localhost:1/x"));
        Assert.Equal("critical", status);
        Assert.Contains("address http:: expected host:port", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task NoAnswerWithinTheTimeout_IsDeadlineExceeded()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        await using var rig = new CheckRig();
        rig.Scheduler.Start(CheckRig.Spec(CheckKind.Grpc, listener.LocalEndpoint.ToString()!) with { Timeout = TimeSpan.FromSeconds(2) });
        await rig.PassFirstDelayAsync();
        using var peer = await listener.AcceptTcpClientAsync().WithinAsync();

        rig.Time.Advance(TimeSpan.FromSeconds(2));
        Assert.Equal(("c1", "critical", "rpc error: code = DeadlineExceeded desc = context deadline exceeded"), await rig.Sink.NextAsync());
    }

    [Fact]
    public async Task InstanceThatComesBack_PassesAgain_OnANewConnection()
    {
        var up = true;
        await using var server = await StartAsync(context => AnswerAsync(context, Volatile.Read(ref up) ? s_serving : [0, 0, 0, 0, 2, 0x08, 0x02]));
        await using var rig = new CheckRig();
        Assert.Equal("passing", (await rig.FirstResultAsync(CheckRig.Spec(CheckKind.Grpc, server.HostAndPort))).Status);
        Volatile.Write(ref up, false);
        Assert.Equal("critical", (await rig.NextResultAsync()).Status);
        Volatile.Write(ref up, true);
        Assert.Equal("passing", (await rig.NextResultAsync()).Status);
    }

    private static Task<LoopbackServer> StartAsync(RequestDelegate handler) => LoopbackServer.StartAsync(handler, HttpProtocols.Http2);

    private static async Task AnswerAsync(HttpContext context, byte[] message)
    {
        context.Response.ContentType = "application/grpc";
        await context.Response.Body.WriteAsync(message, context.RequestAborted);
        context.Response.AppendTrailer("grpc-status", "0");
    }
}
