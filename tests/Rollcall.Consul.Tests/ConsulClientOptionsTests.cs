using System.Globalization;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Configuration;
using Rollcall.TestKit;

namespace Rollcall.Consul.Tests;

public sealed class ConsulClientOptionsTests
{
    [Theory]
    [InlineData(null, null, "http://127.0.0.1:8500/")]
    [InlineData("", null, "http://127.0.0.1:8500/")]
    [InlineData(null, "true", "https://127.0.0.1:8500/")]
    [InlineData("10.1.2.3:9500", null, "http://10.1.2.3:9500/")]
    [InlineData("10.1.2.3:9500", "1", "https://10.1.2.3:9500/")]
    [InlineData(" 10.1.2.3:9500\n", null, "http://10.1.2.3:9500/")]
    [InlineData("consul.example", null, "http://consul.example:8500/")]
    [InlineData("consul.example:80", null, "http://consul.example/")]
    [InlineData("consul.example:80/", null, "http://consul.example/")]
    [InlineData("consul.example:80/consul", null, "http://consul.example/consul")]
    [InlineData("consul.example:443/", "1", "https://consul.example/")]
    [InlineData("consul.example/a:80", null, "http://consul.example:8500/a:80")]
    [InlineData("[::80]", null, "http://[::80]:8500/")]
    [InlineData("[::1]:9500", null, "http://[::1]:9500/")]
    [InlineData(":9500", null, "http://127.0.0.1:9500/")]
    [InlineData(":9500", "1", "https://127.0.0.1:9500/")]
    [InlineData("https://:9501", null, "https://127.0.0.1:9501/")]
    [InlineData("http://10.1.2.3:9500", "true", "http://10.1.2.3:9500/")]
    [InlineData("https://consul.example", null, "https://consul.example/")]
    [InlineData("unix:///var/run/consul.sock", null, "unix:///var/run/consul.sock")]
    public void Address_FollowsTheEnvironment(string? address, string? ssl, string expected)
    {
        var options = ConsulClientOptions.FromEnvironment(Read(("CONSUL_HTTP_ADDR", address), ("CONSUL_HTTP_SSL", ssl)));
        Assert.Equal(expected, options.Address.AbsoluteUri);
        Assert.Empty(options.Validate());
    }

    [Fact]
    public void SeveralAddresses_AreSeparatedByCommas()
    {
        var options = ConsulClientOptions.FromEnvironment(Read(("CONSUL_HTTP_ADDR", "10.1.2.3, https://b.example:8501,unix:///run/consul.sock")));

        Assert.Equal("http://10.1.2.3:8500/", options.Address.AbsoluteUri);
        Assert.Equal(["https://b.example:8501/", "unix:///run/consul.sock"], options.FurtherAddresses.Select(a => a.AbsoluteUri));
        Assert.Empty(options.Validate());

        options.FurtherAddresses = [options.Address];
        Assert.Contains("names an agent twice", Assert.Single(options.Validate()), StringComparison.Ordinal);
        options.FurtherAddresses = [new Uri("ftp://x")];
        Assert.Contains("'ftp://x' is not usable", Assert.Single(options.Validate()), StringComparison.Ordinal);
        options.Address = new Uri("http://elsewhere:1");
        Assert.Empty(options.FurtherAddresses);
    }

    [Theory]
    [InlineData(null, "http://127.0.0.1:29130/")]
    [InlineData("127.0.0.1:8500", "http://127.0.0.1:8500/")]
    public void AgentInTheSameHost_IsUsedUnlessTheEnvironmentNamesOne(string? address, string expected)
    {
        var options = ConsulClientOptions.FromEnvironment(Read(("CONSUL_HTTP_ADDR", address)));

        new EmbeddedAgentAddress(new EmbeddedAgent()).PostConfigure(null, options);

        Assert.Equal(expected, options.Address.AbsoluteUri);
    }

    [Fact]
    public void AgentInTheSameHost_IsNotUsedWhereCodeNamesOne()
    {
        var address = new ConsulClientOptions { Address = new Uri("http://127.0.0.1:8500") };
        var further = new ConsulClientOptions { FurtherAddresses = [new Uri("http://127.0.0.1:9500")] };

        new EmbeddedAgentAddress(new EmbeddedAgent()).PostConfigure(null, address);
        new EmbeddedAgentAddress(new EmbeddedAgent()).PostConfigure(null, further);

        Assert.Equal(8500, address.Address.Port);
        Assert.Equal(9500, Assert.Single(further.FurtherAddresses).Port);
    }

    [Theory]
    [InlineData("CONSUL_HTTP_ADDR", "10.1.2.3,,10.1.2.4")]
    [InlineData("CONSUL_HTTP_ADDR", "ftp://x:1")]
    [InlineData("CONSUL_HTTP_ADDR", "http://")]
    [InlineData("CONSUL_HTTP_ADDR", "localhost:port")]
    [InlineData("CONSUL_HTTP_SSL", "yes")]
    [InlineData("CONSUL_HTTP_SSL_VERIFY", "no")]
    public void BadVariable_IsNamed(string name, string value)
    {
        var e = Assert.Throws<FormatException>(() => ConsulClientOptions.FromEnvironment(Read((name, value))));
        Assert.Contains(name, e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void BadAddress_IsNotRepeated_BecauseItMayHoldAPassword()
    {
        var e = Assert.Throws<FormatException>(() => ConsulClientOptions.FromEnvironment(Read(("CONSUL_HTTP_ADDR", "tcp://u:secret@h:1"))));
        Assert.DoesNotContain("secret", e.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("tcp://user:secret@consul:8500/secret", "Address 'tcp://consul:8500' is not usable")]
    [InlineData("unix://user:secret@consul/secret", "Address 'unix://consul' is not usable")]
    [InlineData("consul:8500", "Address 'consul:' is not usable")]
    [InlineData("user:secret@consul:8500", "Address 'user:' is not usable")]
    [InlineData("secret", "Address (not absolute) is not usable")]
    public void WrongAddressInCode_IsNamedWithoutItsPassword(string address, string expected)
    {
        var options = ConsulClientOptions.FromEnvironment(_ => null);
        options.Address = new Uri(address, UriKind.RelativeOrAbsolute);

        Assert.StartsWith(expected, Assert.Single(options.Validate()), StringComparison.Ordinal);

        Assert.DoesNotContain("secret", Assert.Throws<ArgumentException>(() => new ConsulClient(options)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void OtherVariables_AreTaken()
    {
        var options = ConsulClientOptions.FromEnvironment(Read(
            ("CONSUL_HTTP_TOKEN", "t\n"),
            ("CONSUL_NAMESPACE", "n"),
            ("CONSUL_CACERT", "ca.pem"),
            ("CONSUL_CLIENT_CERT", "c.pem"),
            ("CONSUL_CLIENT_KEY", "k.pem"),
            ("CONSUL_TLS_SERVER_NAME", "s"),
            ("CONSUL_HTTP_AUTH", "me:word"),
            ("CONSUL_HTTP_SSL_VERIFY", "false")));
        Assert.Equal(
            ("t", "n", "ca.pem", "c.pem", "k.pem", "s", true),
            (options.Token, options.Namespace, options.CaCertificatePath, options.ClientCertificatePath, options.ClientKeyPath, options.TlsServerName,
                options.SkipTlsVerification));
        Assert.Equal("me:word", options.HttpAuth);
    }

    // As in Consul.
    [Theory]
    [InlineData(null, "/etc/ca", "/etc/ca")]
    [InlineData("ca.pem", "/etc/ca", "ca.pem")]
    public void FileOfAuthorities_WinsOverADirectoryOfThem(string? file, string? directory, string expected) =>
        Assert.Equal(expected, ConsulClientOptions.FromEnvironment(Read(("CONSUL_CACERT", file), ("CONSUL_CAPATH", directory))).CaCertificatePath);

    [Theory]
    [InlineData("file\n", null, "file")]
    [InlineData("file", "variable", "file")]
    [InlineData(" \n", "variable", "variable")]
    [InlineData("", null, null)]
    public void TokenFile_WinsOverTheToken_UnlessItIsEmpty(string content, string? variable, string? expected)
    {
        var file = Path.GetTempFileName();
        try
        {
            File.WriteAllText(file, content);
            Assert.Equal(expected, ConsulClientOptions.FromEnvironment(Read(("CONSUL_HTTP_TOKEN_FILE", file), ("CONSUL_HTTP_TOKEN", variable))).Token);
        }
        finally
        {
            File.Delete(file);
        }
    }

    [Fact]
    public async Task TokenThatIsReplacedInItsFile_IsTakenWhenTheAgentDoesNotKnowTheOldOne()
    {
        var file = Path.GetTempFileName();
        try
        {
            await File.WriteAllTextAsync(file, "old\n");
            await using var peer = await LoopbackPeer.StartAsync(async context =>
            {
                var isKnown = context.Request.Headers["X-Consul-Token"] == "new";
                context.Response.StatusCode = isKnown ? 200 : 403;
                await context.Response.WriteAsync(isKnown ? "[]" : "ACL not found");
            });
            var options = ConsulClientOptions.FromEnvironment(Read(("CONSUL_HTTP_TOKEN_FILE", file), ("CONSUL_HTTP_ADDR", peer.Address.Authority)));
            using var client = new ConsulClient(options);

            // Nothing better there yet: what is in the file is refused again.
            var refusal = await Assert.ThrowsAsync<ConsulException>(() => client.Catalog.NodesAsync().WithinAsync());
            Assert.EndsWith($"put another one into {file} (CONSUL_HTTP_TOKEN_FILE). It is read again after a refusal like this.", refusal.Message, StringComparison.Ordinal);
            File.Delete(file);
            await Assert.ThrowsAsync<ConsulException>(() => client.Catalog.NodesAsync().WithinAsync());

            Assert.Equal(0, client.TokenReplacements);
            await File.WriteAllTextAsync(file, "new\n");
            await Assert.ThrowsAsync<ConsulException>(() => client.Catalog.NodesAsync().WithinAsync());
            Assert.Equal(1, client.TokenReplacements);
            Assert.Empty((await client.Catalog.NodesAsync().WithinAsync()).Value);
            Assert.Equal(["old", "old", "old", "new"], peer.Requests.Select(static r => r.Headers["X-Consul-Token"]));
        }
        finally
        {
            File.Delete(file);
        }
    }

    [Fact]
    public async Task TokenOfTheEnvironmentThatIsUnknown_TakesARestart()
    {
        await using var peer = await LoopbackPeer.StartAsync(403, "ACL not found");
        using var client = new ConsulClient(ConsulClientOptions.FromEnvironment(Read(("CONSUL_HTTP_TOKEN", "t0ken"), ("CONSUL_HTTP_ADDR", peer.Address.Authority))));

        var refusal = await Assert.ThrowsAsync<ConsulException>(() => client.Catalog.NodesAsync().WithinAsync());

        Assert.Contains("put another one into CONSUL_HTTP_TOKEN. A process that runs takes it when it is started again", refusal.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("/no/such/token")]
    [InlineData("/")]
    public void TokenFileThatCannotBeRead_IsNamed(string file)
    {
        var e = Assert.Throws<FormatException>(() => ConsulClientOptions.FromEnvironment(Read(("CONSUL_HTTP_TOKEN_FILE", file), ("CONSUL_HTTP_TOKEN", "t"))));
        Assert.StartsWith($"CONSUL_HTTP_TOKEN_FILE is '{file}', which cannot be read: ", e.Message, StringComparison.Ordinal);
    }

    // The binder sets each property, to what it is if its key isn't there.
    [Fact]
    public void WhatTheConfigurationDoesNotMention_IsStillOfTheEnvironment()
    {
        var options = ConsulClientOptions.FromEnvironment(Read(("CONSUL_HTTP_TOKEN", "t"), ("CONSUL_HTTP_ADDR", "a:1,b:2")));
        Section(("Consul:Datacenter", "east")).Bind(options);
        Assert.Equal(("east", "t", "CONSUL_HTTP_TOKEN"), (options.Datacenter, options.Token, options.TokenOrigin));
        Assert.Equal(new Uri("http://b:2"), Assert.Single(options.FurtherAddresses));

        Section(("Consul:Token", "other")).Bind(options);
        Assert.Equal(("other", "ConsulClientOptions.Token"), (options.Token, options.TokenOrigin));

        static IConfigurationSection Section(params (string Key, string? Value)[] settings) => new ConfigurationBuilder()
            .AddInMemoryCollection(settings.Select(static setting => KeyValuePair.Create(setting.Key, setting.Value)))
            .Build()
            .GetSection("Consul");
    }

    [Fact]
    public void AddressThatTheConfigurationDoesNotMention_IsNotTakenForSet()
    {
        var options = ConsulClientOptions.FromEnvironment(_ => null);
        new ConfigurationBuilder().AddInMemoryCollection([KeyValuePair.Create<string, string?>("Consul:Datacenter", "east")]).Build().GetSection("Consul").Bind(options);
        Assert.False(options.IsAddressSet);
        options.Address = new Uri(options.Address.AbsoluteUri);
        Assert.True(options.IsAddressSet);
    }

    [Fact]
    public void Faults_AreAllReportedAtOnce()
    {
        var options = ConsulClientOptions.FromEnvironment(_ => null);
        options.Address = new Uri("ftp://x");
        options.Token = "se cret";
        options.Timeout = TimeSpan.Zero;
        options.WaitTime = TimeSpan.FromMinutes(11);
        options.MinQueryInterval = TimeSpan.FromTicks(-1);
        options.MaxOpenQueries = 1;
        options.MaxAnswerBytes = 0;
        options.ClientKeyPath = "k.pem";
        Assert.Equal(8, options.Validate().Count);
        var e = Assert.Throws<ArgumentException>(() => new ConsulClient(options));
        Assert.Contains("WaitTime", e.Message, StringComparison.Ordinal);
        Assert.Contains("MaxOpenQueries is 1: it must be at least 2.", e.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("cret", e.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("1.00:00:00", "1.00:00:00", null)]
    [InlineData("1.00:00:00.001", "00:00:01", "Timeout is 1.00:00:00.0010000: it must be above 0 and at most 1 day, which is as good as none.")]
    [InlineData("50.00:00:00", "00:00:01", "Timeout is 50.00:00:00: ")]
    [InlineData("10675199.02:48:05.4775807", "00:00:01", "Timeout is 10675199.02:48:05.4775807: ")]
    [InlineData("-00:00:00.001", "00:00:01", "Timeout is -00:00:00.0010000: ")]
    [InlineData("00:00:01", "1.00:00:00.001", "MinQueryInterval is 1.00:00:00.0010000: it must be from 0 to 1 day.")]
    [InlineData("00:00:01", "10675199.02:48:05.4775807", "MinQueryInterval is 10675199.02:48:05.4775807: ")]
    public void TimesThatNoTimerTakes_AreFaults(string timeout, string interval, string? fault)
    {
        var options = ConsulClientOptions.FromEnvironment(_ => null);
        (options.Timeout, options.MinQueryInterval) = (TimeSpan.Parse(timeout, CultureInfo.InvariantCulture), TimeSpan.Parse(interval, CultureInfo.InvariantCulture));
        Assert.StartsWith(fault ?? "", options.Validate().SingleOrDefault() ?? "", StringComparison.Ordinal);
        Assert.Equal(fault is null, options.Validate().Count == 0);
    }

    [Fact]
    public void CertificateFileMissing_NamesTheSetting()
    {
        var options = ConsulClientOptions.FromEnvironment(_ => null);
        options.Address = new Uri("https://127.0.0.1:1");
        options.CaCertificatePath = "/nonexistent/ca.pem";
        var e = Assert.Throws<ArgumentException>(() => new ConsulClient(options));
        Assert.Contains("CONSUL_CACERT", e.Message, StringComparison.Ordinal);
    }

    private static Func<string, string?> Read(params (string Name, string? Value)[] variables) =>
        name => variables.FirstOrDefault(v => v.Name == name).Value;

    private sealed class EmbeddedAgent : Wire.IEmbeddedAgent
    {
        public Uri Address { get; } = new("http://127.0.0.1:29130");
    }
}
