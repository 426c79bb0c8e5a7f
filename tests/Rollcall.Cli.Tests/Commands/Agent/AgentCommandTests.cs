using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text.RegularExpressions;
using Rollcall.Cli.Commands.Agent;
using Rollcall.Dns;
using Rollcall.TestKit;

namespace Rollcall.Cli.Tests.Commands.Agent;

public sealed partial class AgentCommandTests
{
    private static readonly Uri s_nobody = new("http://127.0.0.1:1");

    [Theory]
    [InlineData("agent -dev -http-port 0 -bind 127.0.0.1 -client 127.0.0.1 -node n1 -datacenter dc9 -log-level warn")]
    [InlineData("agent -dev -http-port=0 -bind=127.0.0.1 -client=127.0.0.1 -node=n1 -datacenter=dc9 -log-level=WARN -disable-host-node-id")]
    [InlineData("agent --dev --http-port 0 --bind 127.0.0.1 --client 127.0.0.1 --node n1 --datacenter dc9 --log-level warn")]
    public async Task EitherSpelling_StartsAndShowsItsBanner(string arguments)
    {
        await using var run = CliRun.Start(s_nobody, arguments.Split(' '));
        var port = await PortAsync(run);
        Assert.Matches(
            @"^==> Starting Rollcall agent...\n +Version: '\d.*'\n +Node ID: '[0-9a-f-]{36}'\n +Node name: 'n1'\n +Datacenter: 'dc9' .*\n +Server: true .*\n"
                + @" +Client Addr: \[127\.0\.0\.1\] \(HTTP: \d+, .*, DNS: \d+\)\n",
            run.Output.ToString());

        using var client = AgentFixture.CreateClient(new Uri($"http://127.0.0.1:{port}"));
        var self = (await client.Agent.SelfAsync()).Value;
        Assert.Equal(("n1", "dc9"), (self.Config.NodeName, self.Config.Datacenter));

        Assert.Equal(0, await run.InterruptAsync());
        Assert.Contains("==> Gracefully shutting down agent...", run.Output.ToString(), StringComparison.Ordinal);
        Assert.Empty(run.Error.ToString());
        await Assert.ThrowsAsync<SocketException>(() => new TcpClient().ConnectAsync(IPAddress.Loopback, port));
    }

    [Fact]
    public async Task ConfigFile_SetsTheAgentAndRegistersItsServices_AndOptionsWin()
    {
        var file = Path.GetTempFileName();
        await File.WriteAllTextAsync(file, """
            {
              "node_name": "from-file", "datacenter": "dc7", "log_level": "warn",
              "services": [{ "id": "web-1", "name": "web", "port": 80, "tags": ["v1"], "check": { "id": "web-ttl", "ttl": "1h", "status": "passing" } }],
              "checks": [{ "id": "disk", "name": "disk", "ttl": "1h" }]
            }
            """);
        try
        {
            await using var run = CliRun.Start(s_nobody, "agent", "-dev", "-http-port=0", "-config-file", file, "-node=from-option");
            using var client = AgentFixture.CreateClient(new Uri($"http://127.0.0.1:{await PortAsync(run)}"));
            await Eventually.PassesAsync(async () =>
            {
                var self = (await client.Agent.SelfAsync()).Value;
                Assert.Equal(("from-option", "dc7"), (self.Config.NodeName, self.Config.Datacenter));
                Assert.Equal(80, (await client.Agent.ServiceAsync("web-1")).Value?.Port);
                Assert.Equal(["disk", "web-ttl"], (await client.Agent.ChecksAsync()).Value.Keys.Order(StringComparer.Ordinal));
            });
        }
        finally
        {
            File.Delete(file);
        }
    }

    [Fact]
    public async Task Dns_IsSetByFileAndOptions()
    {
        var file = Path.GetTempFileName();
        await File.WriteAllTextAsync(file, """
            {
              "ports": { "dns": 0 }, "domain": "nobody", "alt_domain": "other",
              "dns_config": { "node_ttl": "11s", "service_ttl": { "*": "1m" }, "soa": { "min_ttl": 3 }, "max_stale": "1h", "only_passing": true },
              "service": { "name": "web", "address": "10.0.0.1", "port": 80 }
            }
            """);
        try
        {
            await using var run = CliRun.Start(s_nobody, "agent", "-dev", "-http-port", "0", "-config-file", file, "-domain", "mine", "-node", "n1");
            await PortAsync(run);
            var server = new IPEndPoint(IPAddress.Loopback, int.Parse(DnsPort().Match(run.Output.ToString()).Groups[1].Value, CultureInfo.InvariantCulture));

            Assert.Equal(11u, (await DnsProbe.AskAsync(server, "n1.node.mine", DnsType.A)).Answers[0].Ttl);
            Assert.Equal(3u, (await DnsProbe.AskAsync(server, "no.node.other", DnsType.A)).Authorities[0].Ttl);
            await Eventually.TrueAsync(async () => (await DnsProbe.AskAsync(server, "web.service.mine", DnsType.A)).Answers is [{ Ttl: 60 }]);
        }
        finally
        {
            File.Delete(file);
        }
    }

    // As Go's package flag reads them.
    [Theory]
    [InlineData("-node a -node n1 -log-level debug -log-level warn -http-port=1 -http-port=0 -dev=0 -dev=1")]
    [InlineData("-node n1 -http-port 0 -ui=t -dev=T -server=True -bootstrap=TRUE -syslog=f -log-json=FALSE -log-json=false -rejoin=F")]
    [InlineData("-dev -dev -node=a -node=n1 -http-port=0 -non-voting-server=false -serf-lan-allowed-cidrs=10.0.0.0/8 -serf-lan-allowed-cidrs=10.1.0.0/16 -serf-wan-allowed-cidrs=10.0.0.0/8")]
    [InlineData("-dev -node=n1 -http-port=0 -primary-gateway=a -primary-gateway=b -hcl primary_datacenter=\"b\" -log-rotate-bytes=1 -log-rotate-duration=1h -log-rotate-max-files=3 -retry-interval-wan=1s -retry-max-wan=1 -segment=")]
    public async Task Options_AreReadAsByConsul(string arguments)
    {
        await using var run = CliRun.Start(s_nobody, ["agent", .. arguments.Split(' ')]);
        await PortAsync(run);

        Assert.Contains("Node name: 'n1'", run.Output.ToString(), StringComparison.Ordinal);
        Assert.Contains("development mode", run.Output.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task EmptyConfigFile_SaysNothing()
    {
        var directory = Directory.CreateTempSubdirectory("rollcall-test-");
        try
        {
            await File.WriteAllTextAsync(Path.Combine(directory.FullName, "x.json"), "");
            await File.WriteAllTextAsync(Path.Combine(directory.FullName, "y.hcl"), "node_name = \"n1\"");
            await using var run = CliRun.Start(s_nobody, "agent", "-dev", "-http-port=0", "-config-dir", directory.FullName);
            await PortAsync(run);

            Assert.Contains("Node name: 'n1'", run.Output.ToString(), StringComparison.Ordinal);
        }
        finally
        {
            directory.Delete(recursive: true);
        }
    }

    [Fact]
    public async Task DnsPortMinusOne_IsNoDns()
    {
        await using var run = CliRun.Start(s_nobody, "agent", "-dev", "-http-port=0", "-dns-port=-1");
        await PortAsync(run);

        Assert.Contains("DNS: -1)", run.Output.ToString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("127.0.0.1", null)]
    [InlineData("127.0.0.1 ::1 localhost", null)]
    [InlineData("127.0.0.1  0.0.0.0", "0.0.0.0")]
    [InlineData("10.1.2.3 ::", "10.1.2.3")]
    [InlineData("127.0.0.1\t0.0.0.0\n::1", "0.0.0.0")]
    public void AddressThatOthersReach_IsTheOneToWarnOf(string addresses, string? open) => Assert.Equal(open, AgentRun.OpenAddress(addresses));

    [Fact]
    public async Task HttpPortMinusOne_IsShownAsSuch()
    {
        var directory = Directory.CreateTempSubdirectory("rollcall-test-");
        try
        {
            var (cert, key) = (Path.Combine(directory.FullName, "cert.pem"), Path.Combine(directory.FullName, "key.pem"));
            using (var certificates = new TestCertificates())
            using (var certificate = certificates.Issue("localhost"))
            using (var secret = System.Security.Cryptography.X509Certificates.ECDsaCertificateExtensions.GetECDsaPrivateKey(certificate)!)
            {
                await File.WriteAllTextAsync(cert, certificate.ExportCertificatePem());
                await File.WriteAllTextAsync(key, secret.ExportPkcs8PrivateKeyPem());
            }

            await using var run = CliRun.Start(
                s_nobody, "agent", "-dev", "-http-port=-1", "-https-port=0", "-dns-port=-1", "-hcl", $"cert_file = \"{cert}\" key_file = \"{key}\"");
            await Eventually.TrueAsync(() => run.Output.ToString().Contains("Client Addr", StringComparison.Ordinal));

            Assert.Matches(@"\(HTTP: -1, HTTPS: \d+, ", run.Output.ToString());
        }
        finally
        {
            directory.Delete(recursive: true);
        }
    }

    [Theory]
    [InlineData("""{ "dns_config": { "node_ttl": "soon" } }""", "dns_config.node_ttl: invalid duration: \"soon\"")]
    [InlineData("""{ "dns_config": { "service_ttl": { "web": "soon" } } }""", "dns_config.service_ttl[web]: invalid duration: \"soon\"")]
    [InlineData("""{ "dns_config": { "nonsense": true } }""", "invalid config key dns_config.nonsense")]
    [InlineData("""{ "recursors": ["dns.example.org"] }""", "-recursor")]
    public async Task DnsSettingThatMakesNoSense_IsNamed(string json, string named)
    {
        var file = Path.GetTempFileName();
        await File.WriteAllTextAsync(file, json);
        try
        {
            var result = await CliRun.RunAsync(s_nobody, "agent", "-dev", "-http-port=0", "-config-file", file);
            Assert.Equal(1, result.ExitCode);
            Assert.Contains(named, result.Error, StringComparison.Ordinal);
        }
        finally
        {
            File.Delete(file);
        }
    }

    [Fact]
    public async Task ConfigFileWithAFaultyCheck_NamesTheServiceAndStops()
    {
        var file = Path.GetTempFileName();
        await File.WriteAllTextAsync(file, """{ "services": [{ "name": "web", "check": { "ttl": "soon" } }] }""");
        try
        {
            var result = await CliRun.RunAsync(s_nobody, "agent", "-dev", "-http-port=0", "-config-file", file);
            Assert.Equal(1, result.ExitCode);
            Assert.Contains("services[0]: ", result.Error, StringComparison.Ordinal);
            Assert.Contains("soon", result.Error, StringComparison.Ordinal);
        }
        finally
        {
            File.Delete(file);
        }
    }

    [Fact]
    public async Task ConfigFileWithAnUnknownField_IsRefusedByName()
    {
        var file = Path.GetTempFileName();
        await File.WriteAllTextAsync(file, """{ "encrpyt": "x" }""");
        try
        {
            var result = await CliRun.RunAsync(s_nobody, "agent", "-dev", "-config-file", file);
            Assert.Equal(1, result.ExitCode);
            Assert.Contains("invalid config key encrpyt", result.Error, StringComparison.Ordinal);
        }
        finally
        {
            File.Delete(file);
        }
    }

    [Fact]
    public async Task PortInUse_IsExitCode1AndNamesTheOption()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var port = ((IPEndPoint)listener.LocalEndpoint).Port;
        var result = await CliRun.RunAsync(s_nobody, "agent", "-dev", $"-http-port={port}");
        Assert.Equal(1, result.ExitCode);
        Assert.Contains($"Port {port}", result.Error, StringComparison.Ordinal);
        Assert.Contains("-http-port", result.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", result.Error, StringComparison.Ordinal);
    }

    // The first is how Consul's image for Docker is started.
    [Theory]
    [InlineData("-data-dir={0}", "-config-dir={1}")]
    [InlineData("-config-dir={1}", "-hcl=data_dir = \"{0}\"")]
    public async Task Dev_WinsOverADataDirectory_WithAWarning(params string[] arguments)
    {
        var directory = Directory.CreateTempSubdirectory("rollcall-test-");
        var (data, config) = (Path.Combine(directory.FullName, "data"), directory.CreateSubdirectory("config").FullName);
        try
        {
            await using var run = CliRun.Start(
                s_nobody, ["agent", .. arguments.Select(argument => string.Format(CultureInfo.InvariantCulture, argument, data, config)), "-dev", "-client", "127.0.0.1", "-http-port=0"]);
            await PortAsync(run);
            await Eventually.TrueAsync(() => run.Output.ToString().Contains("==> Rollcall agent running!", StringComparison.Ordinal));

            Assert.Contains($"{data} is not used", run.Output.ToString(), StringComparison.Ordinal);
            Assert.Equal(0, await run.InterruptAsync());
            Assert.False(Directory.Exists(data));
        }
        finally
        {
            directory.Delete(recursive: true);
        }
    }

    [Theory]
    [InlineData("agent", 2, "rollcall agent -dev")]
    [InlineData("agent -data-dir x -bootstrap-expect 3", 1, "leave it out (-bootstrap-expect)")]
    [InlineData("agent -dev -config-dir /no/such/directory", 1, "/no/such/directory (-config-file, -config-dir) cannot be read")]
    [InlineData("agent -dev -config-format yaml", 2, "yaml")]
    [InlineData("agent -dev -hcl nope=1", 1, "invalid config key nope")]
    [InlineData("agent -dev -http-port 0 -pid-file /no/such/directory/pid", 1, "(-pid-file)")]
    [InlineData("agent -dev -node-id x", 1, "Set NodeId (-node-id) to a UUID")]
    [InlineData("agent -dev -node a/b", 1, "Set NodeName (-node) to letters, digits, dashes, dots and underscores")]
    [InlineData("agent -data-dir /dev/null -http-port 0", 1, "data_dir \"/dev/null\" is not a directory")]
    [InlineData("agent -dev -log-level loud", 2, "use trace, debug, info, warn or err")]
    [InlineData("agent -dev -http-port 0 -client nowhere", 1, "\"nowhere\" is no IP address")]
    [InlineData("agent -dev -http-port 70000", 1, "ports.http: invalid port: 70000")]
    [InlineData("agent -dev -config-file /no/such/file", 1, "/no/such/file (-config-file, -config-dir) cannot be read")]
    [InlineData("agent -dev -dev=maybe", 2, "maybe")]
    [InlineData("agent -dev -allow-write-http-from=10.0.0.0", 1, "http_config.allow_write_http_from: \"10.0.0.0\" is no network: write it as 10.0.0.0/8")]
    public async Task WrongSetting_SaysWhatIsRight(string arguments, int exitCode, string message)
    {
        var result = await CliRun.RunAsync(s_nobody, arguments.Split(' '));
        Assert.Equal(exitCode, result.ExitCode);
        Assert.Contains(message, result.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("INT")]
    [InlineData("TERM")]
    public async Task Signal_EndsTheProcessInOrder(string signal)
    {
        await using var process = RollcallProcess.Start("agent", "-dev", "-http-port=0");
        await process.ReadLineAsync(static line => line.StartsWith("==> Log data", StringComparison.Ordinal));
        await process.SignalAsync(signal);
        Assert.Equal(0, await process.WaitForExitAsync());
        Assert.Contains("==> Gracefully shutting down agent...", process.Output, StringComparison.Ordinal);
        Assert.Empty(process.Error);
    }

    // What Consul 1.8.7 ends with.
    [Theory]
    [InlineData("TERM", "leave_on_terminate = true", 0)]
    [InlineData("TERM", "leave_on_terminate = false", 1)]
    [InlineData("INT", "skip_leave_on_interrupt = true", 1)]
    [InlineData("INT", "skip_leave_on_interrupt = false leave_on_terminate = false", 0)]
    public async Task ExitCode_TellsWhetherItLeft_WhereTheConfigurationSaysSo(string signal, string hcl, int expected)
    {
        await using var process = RollcallProcess.Start("agent", "-dev", "-http-port=0", "-hcl", hcl);
        await process.ReadLineAsync(static line => line.StartsWith("==> Rollcall agent running!", StringComparison.Ordinal));
        await process.SignalAsync(signal);
        Assert.Equal(expected, await process.WaitForExitAsync());
        Assert.Contains(expected == 0 ? "==> Gracefully shutting down agent..." : "==> Graceful shutdown disabled. Exiting", process.Output, StringComparison.Ordinal);
        Assert.Contains("stopped", process.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task AccessRulesWithoutADataDirectory_AreResetByAFileWhereTheAgentWasStarted()
    {
        var directory = Directory.CreateTempSubdirectory("rollcall-test-");
        try
        {
            await using var process = RollcallProcess.StartIn(directory.FullName, "agent", "-dev", "-http-port=0", "-hcl", "acl { enabled = true }");
            var banner = await process.ReadLineAsync(static line => line.Contains("Client Addr", StringComparison.Ordinal));
            await process.ReadLineAsync(static line => line.Contains("==> Rollcall agent running!", StringComparison.Ordinal));
            using var http = new HttpClient { BaseAddress = new Uri($"http://127.0.0.1:{HttpPort().Match(banner).Groups[1].Value}/v1/") };
            Assert.Equal(HttpStatusCode.OK, (await BootstrapAsync()).StatusCode);
            var refused = await (await BootstrapAsync()).Content.ReadAsStringAsync();
            Assert.Contains("(reset index: ", refused, StringComparison.Ordinal);

            var file = Path.Combine(directory.FullName, "acl-bootstrap-reset");
            await File.WriteAllTextAsync(file, refused.Split(' ')[^1].TrimEnd(')'));

            Assert.Equal(HttpStatusCode.OK, (await BootstrapAsync()).StatusCode);
            Assert.False(File.Exists(file));

            Task<HttpResponseMessage> BootstrapAsync() => http.PutAsync(new Uri("acl/bootstrap", UriKind.Relative), null).WithinAsync();
        }
        finally
        {
            directory.Delete(recursive: true);
        }
    }

    [Fact]
    public async Task LogLevel_ChangesAtAReload_ByASignalAndByTheApi()
    {
        var file = Path.GetTempFileName();
        await File.WriteAllTextAsync(file, """{ "log_level": "err" }""");
        try
        {
            await using var process = RollcallProcess.Start("agent", "-dev", "-http-port=0", "-config-file", file);
            var banner = await process.ReadLineAsync(static line => line.Contains("Client Addr", StringComparison.Ordinal));
            await process.ReadLineAsync(static line => line.Contains("==> Rollcall agent running!", StringComparison.Ordinal));
            using var http = new HttpClient { BaseAddress = new Uri($"http://127.0.0.1:{HttpPort().Match(banner).Groups[1].Value}/v1/") };

            await File.WriteAllTextAsync(file, """{ "log_level": "debug" }""");
            Assert.Equal(HttpStatusCode.OK, (await http.PutAsync(new Uri("agent/reload", UriKind.Relative), null).WithinAsync()).StatusCode);
            await process.SignalAsync("HUP");
            await process.ReadLineAsync(static line => line.Contains("Configuration reloaded", StringComparison.Ordinal));

            // A fault changes nothing.
            await File.WriteAllTextAsync(file, """{ "log_level": "loud" }""");
            var refused = await http.PutAsync(new Uri("agent/reload", UriKind.Relative), null).WithinAsync();
            Assert.Equal(HttpStatusCode.InternalServerError, refused.StatusCode);
            Assert.Contains("Log level 'loud' is unknown", await refused.Content.ReadAsStringAsync(), StringComparison.Ordinal);
            await File.WriteAllTextAsync(file, """{ "log_level": "err", "service": { "port": 1 } }""");
            await process.SignalAsync("HUP");
            await process.ReadLineAsync(static line => line.Contains("Reload config failed", StringComparison.Ordinal));
            await File.WriteAllTextAsync(file, """{ "log_level": "info" }""");
            await process.SignalAsync("HUP");
            await process.ReadLineAsync(static line => line.Contains("Configuration reloaded", StringComparison.Ordinal));

            await File.WriteAllTextAsync(file, """{ "log_level": "err" }""");
            Assert.Equal(HttpStatusCode.OK, (await http.PutAsync(new Uri("agent/reload", UriKind.Relative), null).WithinAsync()).StatusCode);
            await process.SignalAsync("TERM");
            Assert.Equal(0, await process.WaitForExitAsync());
            Assert.DoesNotContain("stopped", process.Output, StringComparison.Ordinal);
        }
        finally
        {
            File.Delete(file);
        }
    }

    [Fact]
    public async Task LogLevel_StaysWithAllElse_WhereTheReloadFails()
    {
        var directory = Directory.CreateTempSubdirectory("rollcall-test-");
        var (file, cert, key) = (Path.Combine(directory.FullName, "a.json"), Path.Combine(directory.FullName, "cert.pem"), Path.Combine(directory.FullName, "key.pem"));
        try
        {
            using (var certificates = new TestCertificates())
            using (var certificate = certificates.Issue("localhost"))
            using (var secret = System.Security.Cryptography.X509Certificates.ECDsaCertificateExtensions.GetECDsaPrivateKey(certificate)!)
            {
                await File.WriteAllTextAsync(cert, certificate.ExportCertificatePem());
                await File.WriteAllTextAsync(key, secret.ExportPkcs8PrivateKeyPem());
            }

            string Text(string level) => $$"""{ "log_level": "{{level}}", "cert_file": "{{cert}}", "key_file": "{{key}}", "ports": { "https": 0 } }""";
            await File.WriteAllTextAsync(file, Text("info"));
            await using var process = RollcallProcess.Start("agent", "-dev", "-http-port=0", "-config-file", file);
            await process.ReadLineAsync(static line => line.Contains("==> Rollcall agent running!", StringComparison.Ordinal));

            await File.WriteAllTextAsync(cert, "no certificate");
            await File.WriteAllTextAsync(file, Text("err"));
            await process.SignalAsync("HUP");
            await process.ReadLineAsync(static line => line.Contains("Reload config failed, and nothing was changed", StringComparison.Ordinal));
            await process.SignalAsync("TERM");
            Assert.Equal(0, await process.WaitForExitAsync());
            Assert.Contains("stopped", process.Output, StringComparison.Ordinal);
        }
        finally
        {
            directory.Delete(recursive: true);
        }
    }

    [Fact]
    public async Task HangUp_ReadsTheFilesAgain_AndTheProcessNumberIsInItsFile()
    {
        var directory = Directory.CreateTempSubdirectory("rollcall-test-");
        var (first, second, pid) = (Path.Combine(directory.FullName, "a.json"), Path.Combine(directory.FullName, "b.hcl"), Path.Combine(directory.FullName, "pid"));
        await File.WriteAllTextAsync(first, """{ "services": [{ "name": "one" }] }""");
        await File.WriteAllTextAsync(second, """service { name = "two" }""");
        try
        {
            await using var process = RollcallProcess.Start("agent", "-dev", "-http-port=0", "-config-dir", directory.FullName, "-pid-file", pid, "-node-meta=rack:r1", "-retry-join=10.0.0.1", "-ui");
            var banner = await process.ReadLineAsync(static line => line.Contains("Client Addr", StringComparison.Ordinal));
            await process.ReadLineAsync(static line => line.Contains("==> Rollcall agent running!", StringComparison.Ordinal));
            using var client = AgentFixture.CreateClient(new Uri($"http://127.0.0.1:{HttpPort().Match(banner).Groups[1].Value}"));
            Assert.Equal(["one", "two"], (await client.Agent.ServicesAsync()).Value.Keys.Order(StringComparer.Ordinal));
            Assert.True(int.TryParse(await File.ReadAllTextAsync(pid), out _));
            Assert.Contains("retry_join is ignored", process.Output, StringComparison.Ordinal);

            await File.WriteAllTextAsync(second, """service { name = "three" }""");
            await process.SignalAsync("HUP");
            await process.ReadLineAsync(static line => line.Contains("Configuration reloaded", StringComparison.Ordinal));
            Assert.Equal(["one", "three"], (await client.Agent.ServicesAsync()).Value.Keys.Order(StringComparer.Ordinal));

            await File.WriteAllTextAsync(second, "service {");
            await process.SignalAsync("HUP");
            await process.ReadLineAsync(static line => line.Contains("Reload config failed", StringComparison.Ordinal));
            Assert.Equal(["one", "three"], (await client.Agent.ServicesAsync()).Value.Keys.Order(StringComparer.Ordinal));

            await process.SignalAsync("TERM");
            Assert.Equal(0, await process.WaitForExitAsync());
            Assert.False(File.Exists(pid));
        }
        finally
        {
            directory.Delete(recursive: true);
        }
    }

    private static async Task<int> PortAsync(CliRun run)
    {
        while (true)
        {
            var line = await run.Output.NextAsync();
            if (HttpPort().Match(line) is { Success: true } match)
            {
                return int.Parse(match.Groups[1].ValueSpan, System.Globalization.CultureInfo.InvariantCulture);
            }
        }
    }

    [GeneratedRegex(@"DNS: (\d+)\)")]
    private static partial Regex DnsPort();

    [GeneratedRegex(@"\(HTTP: (\d+),")]
    private static partial Regex HttpPort();
}
