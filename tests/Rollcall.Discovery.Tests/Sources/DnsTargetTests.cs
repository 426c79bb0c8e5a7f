using Rollcall.Discovery.Sources;

namespace Rollcall.Discovery.Tests.Sources;

public class DnsTargetTests
{
    [Theory]
    [InlineData("dns+srv:///_orders._tcp.example.org", null, null, "_orders._tcp.example.org")]
    [InlineData("dns+srv://127.0.0.1:8600/orders.service.consul?policy=random", "127.0.0.1:8600", null, "orders.service.consul?policy=random")]
    [InlineData("DNS://[::1]/orders.example.org:8080?version=^1", "[::1]:53", 8080, "orders.example.org?version=^1")]
    [InlineData("dns:///orders:80", null, 80, "orders")]
    public void Target_SaysServerPortAndService(string text, string? server, int? port, string service)
    {
        var target = DnsTarget.Parse(text);

        Assert.Equal(server, target.Server?.ToString());
        Assert.Equal(port, target.Port);
        Assert.Equal(ServiceTarget.Parse(service), target.Service);
        Assert.Equal(server is null ? "the system's DNS servers" : $"DNS at {server}", target.CreateSource().Name);
    }

    [Theory]
    [InlineData("dns:///orders", "has no port")]
    [InlineData("dns:///", "has no port")]
    [InlineData("dns:///orders:0", "has no port")]
    [InlineData("dns:///orders:99999?policy=random", "has no port")]
    [InlineData("dns+srv://example.org/orders", "\"example.org\" is no address")]
    [InlineData("dns+srv:///", "can't be used")]
    [InlineData("dns+srv:///orders?nonsense=1", "nonsense")]
    [InlineData("dns+srv:///orders?tag=v1", "by tag, filter, datacenter or health")]
    [InlineData("dns:///orders:80?dc=dc2", "by tag, filter, datacenter or health")]
    [InlineData("dns:orders", "is no target by DNS")]
    [InlineData("consul:///orders", "is no target by DNS")]
    [InlineData("", "is no target by DNS")]
    public void Fault_NamesThePart_AndShowsARightOne(string text, string expected)
    {
        var exception = Assert.Throws<FormatException>(() => DnsTarget.Parse(text));

        Assert.Contains(expected, exception.Message, StringComparison.Ordinal);
        Assert.Matches("dns\\+srv:///|v1\\.orders\\.service", exception.Message);
    }
}
