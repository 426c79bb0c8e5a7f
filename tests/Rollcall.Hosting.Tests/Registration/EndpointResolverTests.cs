using System.Net;
using Rollcall.Consul;
using Rollcall.Hosting.Registration;

namespace Rollcall.Hosting.Tests.Registration;

public sealed class EndpointResolverTests
{
    [Theory]
    [InlineData("http://127.0.0.1:5000", "127.0.0.1", 5000, false)]
    [InlineData("https://127.0.0.1:5001", "127.0.0.1", 5001, true)]
    [InlineData("http://localhost:5000", "127.0.0.1", 5000, false)]
    [InlineData("http://[::1]:5000", "::1", 5000, false)]
    [InlineData("http://10.1.2.3", "10.1.2.3", 80, false)]
    [InlineData("https://my.host:5001/base", "my.host", 5001, true)]
    [InlineData("http://0.0.0.0:5000", "10.9.8.7", 5000, false)]
    [InlineData("http://[::]:5000", "10.9.8.7", 5000, false)]
    [InlineData("http://*:5000", "10.9.8.7", 5000, false)]
    [InlineData("https://+:5000", "10.9.8.7", 5000, true)]
    [InlineData("http://unix:/tmp/x.sock;http://127.0.0.1:5000", "127.0.0.1", 5000, false)]
    public async Task BoundAddress_BecomesOneThatCallersCanUse(string bound, string host, int port, bool tls)
    {
        var endpoint = await Resolver().ResolveAsync(new(), bound.Split(';'), default);
        Assert.Equal(new ServiceEndpoint(host, port, tls) { Scheme = tls ? "https" : "http" }, endpoint);
    }

    [Theory]
    [InlineData("http://0.0.0.0:5000", "10.9.8.7")]
    [InlineData("http://[::]:5000", "2001:db8::1")]
    [InlineData("http://*:5000", "2001:db8::1")]
    public async Task BoundToEveryAddressOfOneFamily_IsRegisteredWithOneOfThat(string bound, string host)
    {
        var resolver = Resolver(interfaces: [IPAddress.Parse("2001:db8::1"), IPAddress.Parse("10.9.8.7")]);
        Assert.Equal(host, (await resolver.ResolveAsync(new(), [bound], default)).Host);
    }

    [Theory]
    [InlineData("unix:///run/consul.sock", true)]
    [InlineData("http://[::1]:8500", true)]
    [InlineData("http://localhost:8500", true)]
    [InlineData("http://10.0.0.1:8500", false)]
    public void Agent_IsLocalOrNot(string agent, bool local) => Assert.Equal(local, Resolver(agent).AgentIsLocal);

    [Fact]
    public async Task ConfiguredPort_ChoosesAmongTheBoundOnes()
    {
        var endpoint = await Resolver().ResolveAsync(new() { Port = 5001 }, ["http://127.0.0.1:5000", "https://127.0.0.2:5001"], default);
        Assert.Equal(new ServiceEndpoint("127.0.0.2", 5001, true) { Scheme = "https" }, endpoint);
    }

    [Fact]
    public async Task ConfiguredAddressAndPort_NeedNoServer()
    {
        var endpoint = await Resolver().ResolveAsync(new() { Address = "api.example", Port = 9 }, null, default);
        Assert.Equal(new ServiceEndpoint("api.example", 9, false), endpoint);
    }

    [Fact]
    public async Task Wildcard_AndNoNetwork_IsLoopbackWithALocalAgentOnly()
    {
        Assert.Equal("127.0.0.1", (await Resolver(interfaces: []).ResolveAsync(new(), ["http://*:5000"], default)).Host);
        var e = await Assert.ThrowsAsync<InvalidOperationException>(
            () => Resolver("http://nowhere.invalid:8500", []).ResolveAsync(new() { Name = "a" }, ["http://*:5000"], default));
        Assert.Contains("Set Address", e.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(null, "no web server")]
    [InlineData("http://unix:/tmp/x.sock", "no TCP address")]
    [InlineData("", "no TCP address")]
    [InlineData("http://127.0.0.1:0", "port 0")]
    public async Task NothingToRegister_IsAnErrorThatNamesTheFix(string? bound, string what)
    {
        var e = await Assert.ThrowsAsync<InvalidOperationException>(
            () => Resolver().ResolveAsync(new() { Name = "a" }, bound?.Split(';', StringSplitOptions.RemoveEmptyEntries), default));
        Assert.Contains(what, e.Message, StringComparison.Ordinal);
        Assert.Contains("AddServiceRegistration", e.Message, StringComparison.Ordinal);
    }

    private static EndpointResolver Resolver(string agent = "http://127.0.0.1:8500", IReadOnlyList<IPAddress>? interfaces = null)
    {
        var options = ConsulClientOptions.FromEnvironment(_ => null);
        options.Address = new Uri(agent);
        return new EndpointResolver(options, () => interfaces ?? [IPAddress.Parse("10.9.8.7"), IPAddress.Parse("192.168.0.1")]);
    }
}
