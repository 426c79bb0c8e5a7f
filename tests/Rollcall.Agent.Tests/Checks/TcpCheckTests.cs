using System.Net;
using System.Net.Sockets;
using Rollcall.Agent.Checks;
using Rollcall.TestKit;

namespace Rollcall.Agent.Tests.Checks;

public sealed class TcpCheckTests
{
    [Fact]
    public async Task PortThatAccepts_Passes()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        await using var rig = new CheckRig();
        Assert.Equal(
            ("c1", "passing", $"TCP connect {listener.LocalEndpoint}: Success"),
            await rig.FirstResultAsync(CheckRig.Spec(CheckKind.Tcp, listener.LocalEndpoint.ToString()!)));
    }

    [Fact]
    public async Task PortThatRefuses_IsCritical()
    {
        var target = $"127.0.0.1:{FreePort.Next()}";
        await using var rig = new CheckRig();
        Assert.Equal(
            ("c1", "critical", $"dial tcp {target}: connect: connection refused"),
            await rig.FirstResultAsync(CheckRig.Spec(CheckKind.Tcp, target)));
    }

    [Fact]
    public async Task PortThatOpensLater_Recovers()
    {
        var port = FreePort.Next();
        await using var rig = new CheckRig();
        Assert.Equal("critical", (await rig.FirstResultAsync(CheckRig.Spec(CheckKind.Tcp, $":{port}"))).Status);

        using var listener = new TcpListener(IPAddress.Loopback, port);
        listener.Start();
        Assert.Equal(("c1", "passing", $"TCP connect :{port}: Success"), await rig.NextResultAsync());
    }

    [Theory]
    [InlineData("127.0.0.1", "127.0.0.1: missing port in address")]
    [InlineData("", ": missing port in address")]
    [InlineData("127.0.0.1:65536", "65536: invalid port")]
    [InlineData("127.0.0.1:", "127.0.0.1:: expected host:port")]
    [InlineData("127.0.0.1:0", "127.0.0.1:0: expected host:port")]
    [InlineData("127.0.0.1:http", "127.0.0.1:http: expected host:port")]
    [InlineData("::1:80", "::1:80: expected host:port")]
    public async Task TargetWithoutHostAndPort_IsCriticalAndSaysWhatIsExpected(string target, string words)
    {
        await using var rig = new CheckRig();
        var (_, status, output) = await rig.FirstResultAsync(CheckRig.Spec(CheckKind.Tcp, target));
        Assert.Equal("critical", status);
        Assert.StartsWith($"dial tcp: address {words}", output, StringComparison.Ordinal);
    }

    [Fact]
    public void BracketedIpv6_IsTakenApart()
    {
        Assert.True(TcpCheck.TrySplit("[::1]:8080", out var host, out var port));
        Assert.Equal(("::1", 8080), (host, port));
    }
}
