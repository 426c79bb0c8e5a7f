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
    [InlineData("127.0.0.1:nosuch", "tcp/nosuch: unknown port")]
    [InlineData("127.0.0.1:-1", "-1: invalid port")]
    [InlineData("::1:80", "::1:80: too many colons in address")]
    [InlineData("[::1]", "[::1]: missing port in address")]
    public async Task TargetWithoutHostAndPort_IsCriticalAndSaysWhatIsExpected(string target, string words)
    {
        await using var rig = new CheckRig();
        var (_, status, output) = await rig.FirstResultAsync(CheckRig.Spec(CheckKind.Tcp, target));
        Assert.Equal("critical", status);
        Assert.StartsWith($"dial tcp: address {words}", output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("[::1]:8080", "::1", 8080, "[::1]:8080", "[::1]:8080")]
    [InlineData("db:HTTP", "db", 80, "db:80", "db:80")]
    [InlineData(":gopher", "localhost", 70, ":70", "localhost:70")]
    [InlineData("db:+01", "db", 1, "db:1", "db:1")]
    public void Target_IsTakenApart(string target, string host, int port, string dialed, string authority)
    {
        var read = HostAndPort.Read(target, "tcp", out _);

        Assert.Equal(new HostAndPort(host, port, dialed), read);
        Assert.Equal(authority, read!.Value.Authority);
    }

    [Fact]
    public void NamesOfPorts_AreThoseOfTheListAndOfGo()
    {
        var ports = HostAndPort.ReadPorts(["# names", "orders 7001/tcp bestellungen # ours", "orders\t7002/udp", "http 8080/tcp", "odd 1", "none x/tcp", "big 70000/tcp"]);

        Assert.Equal((7001, 7001, 7002, 8080, 443), (ports["tcp/orders"], ports["tcp/Bestellungen"], ports["udp/orders"], ports["tcp/http"], ports["tcp/https"]));
        Assert.DoesNotContain("tcp/odd", ports.Keys);
        Assert.DoesNotContain("tcp/none", ports.Keys);
        Assert.DoesNotContain("tcp/big", ports.Keys);
    }
}
