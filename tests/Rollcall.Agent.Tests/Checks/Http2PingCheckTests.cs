using System.Net;
using System.Net.Sockets;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Logging;
using Rollcall.Agent.Checks;
using Rollcall.TestKit;

namespace Rollcall.Agent.Tests.Checks;

public sealed class Http2PingCheckTests
{
    [Fact]
    public async Task ServerThatAcknowledges_Passes()
    {
        await using var server = await StartAsync(HttpProtocols.Http2);
        await using var rig = new CheckRig();

        var result = await rig.FirstResultAsync(CheckRig.Spec(CheckKind.H2Ping, new Uri(server.Urls.First()).Authority) with { H2PingUseTls = false });

        Assert.Equal(("c1", "passing", "HTTP2 ping was successful"), result);
    }

    [Fact]
    public async Task ServerOfHttp1_IsCritical()
    {
        await using var server = await StartAsync(HttpProtocols.Http1);
        await using var rig = new CheckRig();

        var result = await rig.FirstResultAsync(CheckRig.Spec(CheckKind.H2Ping, new Uri(server.Urls.First()).Authority) with { H2PingUseTls = false });

        Assert.Equal("critical", result.Status);
        Assert.StartsWith("Failed to send HTTP2 ping: ", result.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Nobody_IsCritical()
    {
        var target = $"127.0.0.1:{FreePort.Next()}";
        await using var rig = new CheckRig();

        Assert.Equal(
            ("c1", "critical", $"Failed to send HTTP2 ping: dial tcp {target}: connect: connection refused"),
            await rig.FirstResultAsync(CheckRig.Spec(CheckKind.H2Ping, target)));
    }

    [Fact]
    public async Task ServerWithoutTls_WhereTlsIsAskedFor_IsCritical()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        await using var rig = new CheckRig();
        var result = rig.FirstResultAsync(CheckRig.Spec(CheckKind.H2Ping, listener.LocalEndpoint.ToString()!) with { H2PingUseTls = true });
        using (var client = await listener.AcceptTcpClientAsync().WithinAsync())
        {
            await client.GetStream().WriteAsync("no TLS\r\n"u8.ToArray()).AsTask().WithinAsync();
        }

        Assert.Equal("critical", (await result).Status);
    }

    [Fact]
    public async Task LengthOfThreeBytes_HasNoSign()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        await using var rig = new CheckRig();
        var result = rig.FirstResultAsync(CheckRig.Spec(CheckKind.H2Ping, listener.LocalEndpoint.ToString()!) with { H2PingUseTls = false });
        using (var client = await listener.AcceptTcpClientAsync().WithinAsync())
        {
            await client.GetStream().WriteAsync(Enumerable.Repeat((byte)0xFF, 9).ToArray()).AsTask().WithinAsync();
            Assert.Equal(("c1", "critical", "Failed to send HTTP2 ping: the answer is not HTTP/2"), await result);
        }
    }

    private static async Task<WebApplication> StartAsync(HttpProtocols protocols)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(options => options.Listen(IPAddress.Loopback, 0, listen => listen.Protocols = protocols));
        var server = builder.Build();
        await server.StartAsync().WithinAsync();
        return server;
    }
}
