using System.Net;
using System.Net.Sockets;
using System.Text.RegularExpressions;
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
            @"^==> Starting Rollcall agent...\n +Version: '\d.*'\n +Node name: 'n1'\n +Datacenter: 'dc9'\n +Server: true .*\n"
                + @" +Client Addr: \[127\.0\.0\.1\] \(HTTP: \d+\)\n",
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
    public async Task ConfigFileWithAFaultyCheck_NamesTheServiceAndStops()
    {
        var file = Path.GetTempFileName();
        await File.WriteAllTextAsync(file, """{ "services": [{ "name": "web", "check": { "ttl": "soon" } }] }""");
        try
        {
            var result = await CliRun.RunAsync(s_nobody, "agent", "-dev", "-http-port=0", "-config-file", file);
            Assert.Equal(1, result.ExitCode);
            Assert.Contains("The service 'web' of the configuration file cannot be registered", result.Error, StringComparison.Ordinal);
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
        await File.WriteAllTextAsync(file, """{ "encrypt": "x" }""");
        try
        {
            var result = await CliRun.RunAsync(s_nobody, "agent", "-dev", "-config-file", file);
            Assert.Equal(1, result.ExitCode);
            Assert.Contains("unknown field 'encrypt'", result.Error, StringComparison.Ordinal);
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

    [Theory]
    [InlineData("agent", 2, "rollcall agent -dev")]
    [InlineData("agent -dev -data-dir x", 2, "leave one of them out")]
    [InlineData("agent -data-dir x -bootstrap-expect 3", 2, "leave out -bootstrap-expect")]
    [InlineData("agent -dev -log-level loud", 2, "use trace, debug, info, warn or err")]
    [InlineData("agent -dev -http-port 0 -client nowhere", 1, "\"nowhere\" is no IP address")]
    [InlineData("agent -dev -http-port 70000", 1, "HTTP port 70000 is not valid")]
    [InlineData("agent -dev -config-file /no/such/file", 1, "--config-file /no/such/file cannot be read")]
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

    [GeneratedRegex(@"\(HTTP: (\d+)\)")]
    private static partial Regex HttpPort();
}
