using System.Net;
using System.Net.Sockets;
using Rollcall.Agent.Checks;
using Rollcall.TestKit;

namespace Rollcall.Agent.Tests.Checks;

public sealed class UdpCheckTests
{
    [Fact]
    public async Task PortThatRefuses_IsCritical()
    {
        var target = $"127.0.0.1:{FreePort.Next()}";
        await using var rig = new CheckRig();

        Assert.Equal(("c1", "critical", $"dial udp {target}: connect: connection refused"), await rig.FirstResultAsync(CheckRig.Spec(CheckKind.Udp, target)));
    }

    [Fact]
    public async Task PortThatAnswers_Passes()
    {
        using var server = new UdpClient(new IPEndPoint(IPAddress.Loopback, 0));
        await using var rig = new CheckRig();
        var result = rig.FirstResultAsync(CheckRig.Spec(CheckKind.Udp, server.Client.LocalEndPoint!.ToString()!));

        var asked = await server.ReceiveAsync().WithinAsync();
        await server.SendAsync(new byte[] { 1 }, asked.RemoteEndPoint).AsTask().WithinAsync();

        Assert.Equal(("c1", "passing", $"UDP connect {server.Client.LocalEndPoint}: Success"), await result);
    }

    [Fact]
    public async Task PortThatIsSilent_PassesAfterASecond()
    {
        using var server = new UdpClient(new IPEndPoint(IPAddress.Loopback, 0));
        await using var rig = new CheckRig();
        var result = rig.FirstResultAsync(CheckRig.Spec(CheckKind.Udp, server.Client.LocalEndPoint!.ToString()!));
        await server.ReceiveAsync().WithinAsync();
        Assert.False(result.IsCompleted);

        rig.Time.Advance(TimeSpan.FromSeconds(1));

        Assert.Equal("passing", (await result).Status);
    }

    [Fact]
    public async Task PortThatIsSilent_PassesBeforeItsTimeIsOver()
    {
        using var server = new UdpClient(new IPEndPoint(IPAddress.Loopback, 0));
        await using var rig = new CheckRig();
        var result = rig.FirstResultAsync(CheckRig.Spec(CheckKind.Udp, server.Client.LocalEndPoint!.ToString()!) with { Timeout = TimeSpan.FromMilliseconds(500) });
        await server.ReceiveAsync().WithinAsync();

        rig.Time.Advance(TimeSpan.FromMilliseconds(250));

        Assert.Equal("passing", (await result).Status);
    }

    // Nothing says who listens at the other address that localhost may be.
    [Fact]
    public void TargetWithoutAHost_IsThisMachineByIPv4() =>
        Assert.Equal(new HostAndPort("127.0.0.1", 53, ":53"), HostAndPort.Read(":53", "udp", out _));

    [Fact]
    public async Task TargetWithoutAPort_SaysWhatIsExpected()
    {
        await using var rig = new CheckRig();

        Assert.Equal("dial udp: address dns: missing port in address", (await rig.FirstResultAsync(CheckRig.Spec(CheckKind.Udp, "dns"))).Output);
    }
}
