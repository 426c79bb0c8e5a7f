using System.Net;
using Rollcall.Agent.Configuration;

namespace Rollcall.Agent.Tests.Configuration;

public sealed class AddressTemplateTests
{
    private static readonly MachineAddress[] s_machine =
    [
        new("lo", IPAddress.Loopback, false),
        new("docker0", IPAddress.Parse("172.17.0.1"), false),
        new("eth0", IPAddress.Parse("2001:db8::1"), true),
        new("eth0", IPAddress.Parse("9.8.7.6"), true),
        new("eth0", IPAddress.Parse("10.1.2.3"), true),
        new("v6", IPAddress.Parse("2001:db8::2"), false),
    ];

    [Theory]
    [InlineData("{{ GetPrivateIP }}", "10.1.2.3")]
    [InlineData("{{GetPublicIP}}", "9.8.7.6")]
    [InlineData("{{ GetInterfaceIP \"docker0\" }}", "172.17.0.1")]
    [InlineData("{{ GetInterfaceIP \"eth0\" }}", "9.8.7.6")]
    [InlineData("{{ GetInterfaceIP `v6` }}", "2001:db8::2")]
    [InlineData("{{ GetPrivateIPs }}", "10.1.2.3 172.17.0.1")]
    [InlineData("{{ GetPublicIPs }}", "9.8.7.6")]
    [InlineData("{{ GetInterfaceIPs \"eth0\" }}", "9.8.7.6 10.1.2.3 2001:db8::1")]
    [InlineData("127.0.0.1 {{ GetPrivateIP }} {{GetPublicIP}}", "127.0.0.1 10.1.2.3 9.8.7.6")]
    public void Template_BecomesAnAddress(string template, string address) => Assert.Equal(address, AddressTemplate.Resolve(template, s_machine, out _));

    [Fact]
    public void AddressThatIsNotRouted_CountsWhereThereIsNoOther()
    {
        Assert.Equal("172.17.0.1", AddressTemplate.Resolve("{{ GetPrivateIP }}", s_machine[..3], out _));
        Assert.Null(AddressTemplate.Resolve("{{ GetPrivateIP }}", s_machine[..1], out _));
        Assert.Null(AddressTemplate.Resolve("{{ GetPublicIP }}", s_machine[..3], out _));
    }

    [Theory]
    [InlineData("{{ GetInterfaceIP \"eth9\" }}", "finds no address on this machine")]
    [InlineData("{{ GetInterfaceIP }}", "is not known here: use {{ GetPrivateIP }}, {{ GetPublicIP }} or {{ GetInterfaceIP \"eth0\" }}")]
    [InlineData("{{ GetPrivateIP \"eth0\" }}", "is not known here")]
    [InlineData("{{ GetAllInterfaces | include \"network\" \"10.0.0.0/8\" | attr \"address\" }}", "is not known here")]
    [InlineData("{{ GetPrivateIP }} {{ GetAllInterfaces }}", "template {{ GetAllInterfaces }} is not known here")]
    [InlineData("{{ GetPrivateIP", "template {{ GetPrivateIP is not known here")]
    public void OtherTemplate_IsAFault(string template, string message)
    {
        Assert.Null(AddressTemplate.Resolve(template, s_machine, out var fault));
        Assert.Contains(message, fault, StringComparison.Ordinal);
    }

    [Fact]
    public void Configuration_HasTheAddressOfATemplate_OrIsRefused()
    {
        var loopback = System.Net.NetworkInformation.NetworkInterface.GetAllNetworkInterfaces()
            .First(static network => network.GetIPProperties().UnicastAddresses.Any(static unicast => unicast.Address.Equals(IPAddress.Loopback)));
        var template = $$$"""{{ GetInterfaceIP \"{{{loopback.Name}}}\" }}""";
        var configuration = new AgentConfiguration();
        configuration.AddText("x", $$$"""{"bind_addr":"{{{template}}}","client_addr":"{{{template}}}","addresses":{"https":"{{{template}}}","dns":"{{{template}}}"},"recursors":["","{{{template}}}","10.0.0.1:5353"]}""", "json");
        var options = configuration.ToOptions();
        Assert.Equal(("127.0.0.1", "127.0.0.1", "127.0.0.1", "127.0.0.1"), (options.BindAddress, options.ClientAddress, options.HttpsAddress, options.Dns.Address));
        Assert.Equal(["127.0.0.1", "10.0.0.1:5353"], options.Dns.Recursors);

        var fault = Assert.Throws<ConsulAgentException>(() => configuration.AddText("y", """{"bind_addr":"{{ GetAllInterfaces }}"}"""));
        Assert.StartsWith("failed to parse y: 1 error occurred:\n\t* bind_addr: template {{ GetAllInterfaces }} is not known here", fault.Message, StringComparison.Ordinal);
    }
}
