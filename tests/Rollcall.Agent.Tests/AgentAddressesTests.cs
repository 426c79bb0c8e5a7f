using System.Net;

namespace Rollcall.Agent.Tests;

public sealed class AgentAddressesTests
{
    [Theory]
    [InlineData("10.0.0.1 ::1 fe80::1 fd00::2 fec0::1 2001:db8::1", null)]
    [InlineData("10.0.0.1 ::1 fd00::2 2a00:1450::1 2a00:1450::2", "2a00:1450::1")]
    public void PublicAddressOfSix_IsTheFirstThatOthersCanReach(string machine, string? address) =>
        Assert.Equal(address, AgentAddresses.FirstPublicOfSix(machine.Split(' ').Select(IPAddress.Parse))?.ToString());

    /// <summary>An address of IPv4 is of no use to who asks for all of IPv6.</summary>
    [Theory]
    [InlineData("::")]
    [InlineData("[::]")]
    public void AllAddressesOfSix_AreToldAsAPublicOne_OrRefused(string bind)
    {
        var told = "";
        var fault = Record.Exception(() => AgentAddresses.Resolve(new ConsulAgentOptions { NodeName = "n1", BindAddress = bind }, out _, out told));

        if (fault is null)
        {
            Assert.Contains(':', told);
        }
        else
        {
            Assert.StartsWith("No public IPv6 address found", Assert.IsType<ConsulAgentException>(fault).Message, StringComparison.Ordinal);
        }

        AgentAddresses.Resolve(new ConsulAgentOptions { NodeName = "n1", BindAddress = bind, AdvertiseAddress = "10.0.0.1" }, out _, out told);
        Assert.Equal("10.0.0.1", told);
    }
}
