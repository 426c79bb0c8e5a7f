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

    [Theory]
    [InlineData("client_addr = \"10.0.0.1\" ports { dns = 1000 http = 1000 }", "HTTP address 10.0.0.1:1000 already configured for DNS")]
    [InlineData("addresses { dns = \"::1\" http = \"127.0.0.1 ::1\" } ports { dns = 1000 http = 1000 }", "HTTP address [::1]:1000 already configured for DNS")]
    [InlineData("ports { server = 1000 serf_lan = 1000 }", "Serf Advertise LAN address 127.0.0.1:1000 already configured for RPC Advertise")]
    [InlineData("ports { serf_wan = 8301 }", "Serf Advertise WAN address 127.0.0.1:8301 already configured for Serf Advertise LAN")]
    [InlineData("ports { http = 8300 }", "RPC Advertise address 127.0.0.1:8300 already configured for HTTP")]
    public void AddressAndPort_AreGivenToOneListener(string hcl, string message)
    {
        var configuration = new AgentConfiguration();
        configuration.AddText("x", hcl);
        Assert.Equal(message, Assert.Throws<ConsulAgentException>(configuration.ToOptions().Validate).Message);
    }

    [Theory]
    [InlineData("addresses { dns = \"127.0.0.2\" } ports { dns = 1000 http = 1000 }")]
    [InlineData("addresses { http = \"unix:///x\" } ports { dns = 1000 http = 1000 }")]
    [InlineData("advertise_addr_wan = \"10.0.0.1\" ports { serf_wan = 8301 dns = -1 http = 8301 } client_addr = \"127.0.0.2\"")]
    public void PortOnSeveralAddresses_IsTaken(string hcl)
    {
        var configuration = new AgentConfiguration();
        configuration.AddText("x", hcl);
        configuration.ToOptions().Validate();
    }

    [Fact]
    public void PortWhereNothingListens_MayBeThatOfAListener_InAProcess() =>
        new ConsulAgentOptions { NodeName = "n1", HttpPort = 8300 }.Validate();
}
