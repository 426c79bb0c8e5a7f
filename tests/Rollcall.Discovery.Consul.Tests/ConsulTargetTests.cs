using Rollcall.Consul;

namespace Rollcall.Discovery.Consul.Tests;

public sealed class ConsulTargetTests
{
    private static ConsulClientOptions Environment(params (string Name, string Value)[] variables) =>
        ConsulClientOptions.FromEnvironment(name => variables.FirstOrDefault(v => v.Name == name).Value);

    [Fact]
    public void EveryPart_IsRead()
    {
        var target = ConsulTarget.Parse(
            "consul://localhost:8501/demo?tag=v1&tag=eu%20west&dc=dc2&near=_agent&filter=Service.Port%20%3D%3D%2080&passing=false&policy=round_robin&tls=true");

        Assert.Equal("localhost", target.Host);
        Assert.Equal(8501, target.Port);
        Assert.True(target.Tls);
        Assert.Equal("round_robin", target.Policy);
        Assert.Equal(
            new ServiceQuery("demo") { Tags = ["v1", "eu west"], Datacenters = ["dc2"], Near = "_agent", Filter = "Service.Port == 80", PassingOnly = false },
            target.Query);
    }

    [Fact]
    public void ServiceAlone_TheRestIsDefault()
    {
        var target = ConsulTarget.Parse("consul:///demo");

        Assert.Null(target.Host);
        Assert.Null(target.Port);
        Assert.Null(target.Tls);
        Assert.Null(target.Policy);
        Assert.Equal(new ServiceQuery("demo"), target.Query);
    }

    [Theory]
    [InlineData("consul://localhost:8500/hello.service?tag=v1", "hello.service")]
    [InlineData("consul:///hello%2Fworld", "hello/world")]
    [InlineData("consul:///..", "..")]
    [InlineData("CONSUL://LOCALHOST/Demo", "Demo")]
    [InlineData("consul:///demo?", "demo")]
    public void Name_IsTakenAsWritten(string target, string name) => Assert.Equal(name, ConsulTarget.Parse(target).Query.Name);

    [Theory]
    [InlineData("consul://127.0.0.1:8500/demo", "127.0.0.1", 8500)]
    [InlineData("consul://consul.example.com/demo", "consul.example.com", null)]
    [InlineData("consul://[::1]:9500/demo", "::1", 9500)]
    [InlineData("consul://[::1]/demo", "::1", null)]
    public void HostAndPort_AreRead(string target, string host, int? port)
    {
        var parsed = ConsulTarget.Parse(target);

        Assert.Equal(host, parsed.Host);
        Assert.Equal(port, parsed.Port);
    }

    [Theory]
    [InlineData("", "does not start with consul://")]
    [InlineData("http://localhost:8500/demo", "does not start with consul://")]
    [InlineData("consul:demo", "does not start with consul://")]
    [InlineData("consul://", "the service's name is missing")]
    [InlineData("consul:///", "the service's name is missing")]
    [InlineData("consul://demo", "write consul:///demo")]
    [InlineData("consul://localhost:8500", "the service's name is missing")]
    [InlineData("consul://localhost:8500/a/b", "'a/b' contains a '/'")]
    [InlineData("consul:///%20", "is blank")]
    [InlineData("consul://localhost:x/demo", "the port 'x'")]
    [InlineData("consul://localhost:/demo", "the port ''")]
    [InlineData("consul://localhost:0/demo", "the port '0'")]
    [InlineData("consul://localhost:65536/demo", "the port '65536'")]
    [InlineData("consul://:8500/demo", "there is a port but no host")]
    [InlineData("consul://a b/demo", "'a b' is not a host name")]
    [InlineData("consul://[::1/demo", "no closing bracket")]
    [InlineData("consul://[::1]x/demo", "'x' after the address")]
    [InlineData("consul:///demo?tags=v1", "the parameter 'tags' is not known")]
    [InlineData("consul:///demo?healthy=true", "is not known; known are tag, anytag, nottag, version, port, env, protocol, meta.KEY, dc,")]
    [InlineData("consul:///demo?config=", "write true, false, or a key")]
    [InlineData("consul:///demo?config=/a/b", "the key '/a/b'")]
    [InlineData("consul:///demo?config=a&config=b", "'config' is there more than once")]
    [InlineData("consul:///demo?tag", "the parameter 'tag' has no value")]
    [InlineData("consul:///demo?tag=", "the parameter 'tag' has no value")]
    [InlineData("consul:///demo?dc=a&dc=b", "'dc' is there more than once")]
    [InlineData("consul:///demo?passing=yes", "'passing' is 'yes' and has to be true or false")]
    [InlineData("consul:///demo?policy=roundrobin", "use one of pick_first, random, round_robin")]
    [InlineData("consul:///demo#x", "'#'")]
    public void Unusable_IsRefusedWithThePartAndAnExample(string target, string expected)
    {
        var e = Assert.Throws<FormatException>(() => ConsulTarget.Parse(target));

        Assert.Contains(expected, e.Message, StringComparison.Ordinal);
        Assert.Contains("consul:///demo?tag=v1", e.Message, StringComparison.Ordinal);
        Assert.False(ConsulTarget.TryParse(target, out _, out var fault));
        Assert.Equal(e.Message, fault);
    }

    [Theory]
    [InlineData("consul:///demo?token=s3cret")]
    [InlineData("consul://user:s3cret@localhost/demo")]
    [InlineData("s3cret")]
    public void Secret_IsRefusedWithAPointerAndNotRepeated(string target)
    {
        var e = Assert.Throws<FormatException>(() => ConsulTarget.Parse(target));

        Assert.DoesNotContain("s3cret", e.Message, StringComparison.Ordinal);
        if (target != "s3cret")
        {
            Assert.Contains("CONSUL_HTTP_TOKEN", e.Message, StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData("consul:///demo")]
    [InlineData("consul://localhost:8500/demo?tag=v1&tag=v2&dc=dc2&near=n&filter=a%20==%20b&passing=false&policy=random&tls=false")]
    [InlineData("consul:///demo?anytag=eu&env=prod&version=^1.2&dc=_agent,dc2")]
    [InlineData("consul:///demo?tls=true")]
    [InlineData("consul:///demo?tls=true&config=true")]
    [InlineData("consul:///demo?config=a%2Fb.json")]
    [InlineData("consul://[::1]:8500/a%2Fb")]
    public void Text_IsTheTarget(string target) => Assert.Equal(target, ConsulTarget.Parse(target).ToString());

    [Theory]
    [InlineData("consul:///demo", false, false, null)]
    [InlineData("consul:///demo", true, true, null)]
    [InlineData("consul:///demo?config=true", false, true, null)]
    [InlineData("consul:///demo?config=0", true, false, null)]
    [InlineData("consul:///demo?config=a%2Fb.json", false, true, "a/b.json")]
    public void Config_SaysWhichKeyIsFollowed(string target, bool otherwise, bool follows, string? key)
    {
        var query = ConsulTarget.Parse(target).ToServiceConfigQuery(otherwise);

        Assert.Equal(follows, query is not null);
        Assert.Equal(key, query?.Key);
        Assert.Equal(follows ? "demo" : null, query?.Service);
    }

    [Fact]
    public void WithoutHost_TheEnvironmentSaysWhere()
    {
        var options = ConsulTarget.Parse("consul:///demo").ToClientOptions(Environment(("CONSUL_HTTP_ADDR", "consul.internal:9500")));

        Assert.Equal("http://consul.internal:9500/", options.Address.AbsoluteUri);
    }

    [Theory]
    [InlineData("consul://consul.internal/demo", "http://consul.internal:8500/")]
    [InlineData("consul://consul.internal:80/demo", "http://consul.internal/")]
    [InlineData("consul://[::1]:9500/demo", "http://[::1]:9500/")]
    [InlineData("consul://consul.internal:8501/demo?tls=true", "https://consul.internal:8501/")]
    public void WithHost_TheTargetSaysWhere(string target, string address)
    {
        var options = ConsulTarget.Parse(target)
            .ToClientOptions(Environment(("CONSUL_HTTP_ADDR", "elsewhere:1"), ("CONSUL_HTTP_TOKEN", "kept")));

        Assert.Equal(address, options.Address.AbsoluteUri);
        Assert.Equal("kept", options.Token);
    }

    [Fact]
    public void SeveralAgentsInTheEnvironment_HoldUnlessTheTargetNamesOne()
    {
        var environment = ("CONSUL_HTTP_ADDR", "a:1,b:2");

        Assert.Equal("http://b:2/", Assert.Single(ConsulTarget.Parse("consul:///demo").ToClientOptions(Environment(environment)).FurtherAddresses).AbsoluteUri);
        Assert.Empty(ConsulTarget.Parse("consul://c:3/demo").ToClientOptions(Environment(environment)).FurtherAddresses);
        var tls = ConsulTarget.Parse("consul:///demo?tls=true").ToClientOptions(Environment(environment));
        Assert.Equal(["https://a:1/", "https://b:2/"], [tls.Address.AbsoluteUri, tls.FurtherAddresses[0].AbsoluteUri]);
    }

    [Fact]
    public void WithHostUnderTls_TheEnvironmentsTlsHolds()
    {
        var options = ConsulTarget.Parse("consul://consul.internal:8501/demo").ToClientOptions(Environment(("CONSUL_HTTP_SSL", "true")));

        Assert.Equal("https://consul.internal:8501/", options.Address.AbsoluteUri);
    }
}
