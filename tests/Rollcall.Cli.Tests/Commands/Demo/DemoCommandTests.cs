using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text.Json;
using System.Text.RegularExpressions;
using Rollcall.Cli.Commands.Demo;
using Rollcall.TestKit;

namespace Rollcall.Cli.Tests.Commands.Demo;

public sealed partial class DemoCommandTests(AgentFixture agent) : IClassFixture<AgentFixture>
{
    // A run of 6 s, plus the start of five processes on a busy machine, plus what the demo itself allows for a slow replacement.
    private static Terminal TerminalWith(string? address) => new()
    {
        Output = TextWriter.Null,
        Error = TextWriter.Null,
        OpenInput = () => Stream.Null,
        OpenOutput = () => Stream.Null,
        ReadVariable = name => name == "CONSUL_HTTP_ADDR" ? address : null,
        IsInteractive = false,
    };

    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(90);

    [Fact]
    public async Task OneOfThreeInstancesKilled_NoCallFails()
    {
        // What the environment says of another Consul is not read.
        await using var demo = RollcallProcess.Shell(
            "CONSUL_HTTP_TOKEN_FILE=/no/such/token CONSUL_HTTP_SSL=maybe; export CONSUL_HTTP_TOKEN_FILE CONSUL_HTTP_SSL; rollcall demo --seconds 6 --json --http-port 0");
        var exitCode = await demo.WaitForExitAsync(s_patience);
        Assert.True(exitCode == 0, demo.Error + demo.Output);
        AssertSummary(demo.Output);
        await AssertAllGoneAsync(demo.Error);
    }

    [RequiresConsulFact]
    public async Task OnARealConsul_NoCallFails_AndNothingIsLeftRegistered()
    {
        await using var consul = await RealConsul.StartAsync();
        await using var demo = RollcallProcess.Start("demo", "--seconds", "6", "--json", "--consul", consul.Address.ToString());
        var exitCode = await demo.WaitForExitAsync(s_patience);
        Assert.True(exitCode == 0, demo.Error + demo.Output);
        AssertSummary(demo.Output);
        using var client = AgentFixture.CreateClient(consul.Address);
        Assert.Empty((await client.Agent.ServicesAsync()).Value);
    }

    [Theory]
    [InlineData(null, true)]
    [InlineData("127.0.0.1:1", true)]
    [InlineData("http://", true)]
    [InlineData("", false)] // stands for the agent's own
    public async Task CommandThatCallsTheDemo_NamesItsAgentWhereTheEnvironmentNamesAnother(string? variable, bool isNamed)
    {
        var terminal = TerminalWith(variable is "" ? agent.Address.Authority : variable);
        var settings = new DemoSettings(TimeSpan.FromSeconds(2), 2, "round_robin", agent.Address.Authority, 0, false);
        await using var registry = await DemoRegistry.OpenAsync(settings, terminal, new DemoEvents(TimeProvider.System, null), CancellationToken.None).WithinAsync();

        Assert.Equal(isNamed ? $" --http-addr http://{agent.Address.Authority}" : "", registry.CommandOptions(terminal));
    }

    [Fact]
    public async Task FurtherAgents_AreToldToTheInstances()
    {
        var terminal = TerminalWith(null);
        var settings = new DemoSettings(TimeSpan.FromSeconds(2), 2, "round_robin", $"{agent.Address.Authority},127.0.0.1:1", 0, false);
        await using var registry = await DemoRegistry.OpenAsync(settings, terminal, new DemoEvents(TimeProvider.System, null), CancellationToken.None).WithinAsync();
        var environment = new Dictionary<string, string?>();

        registry.Describe(environment);

        Assert.Equal($"http://{agent.Address.Authority},http://127.0.0.1:1", environment["CONSUL_HTTP_ADDR"]);
    }

    [Fact]
    public async Task CalledFromTheCommandLineAndInterrupted_EndsEveryInstanceAndLeavesNothingRegistered()
    {
        await using var demo = RollcallProcess.Start("demo", "--seconds", "600", "--consul", agent.Address.ToString());
        await demo.ReadLineAsync(static line => line.Contains("callers call", StringComparison.Ordinal), s_patience);
        var result = await CliRun.RunAsync(agent.Address, "call", "demo", "hello.HelloService/SayHello", """{"name":"Yu"}""");
        Assert.Equal("", result.Error);
        Assert.Contains("Hello, Yu!", result.Output, StringComparison.Ordinal);
        await demo.SignalAsync("INT");
        Assert.Equal(1, await demo.WaitForExitAsync());
        Assert.Contains("Interrupted before the end", demo.Error, StringComparison.Ordinal);
        Assert.Contains(" 0 failed", demo.Output, StringComparison.Ordinal);
        await AssertAllGoneAsync(demo.Output);
        using var client = agent.CreateClient();
        Assert.Empty((await client.Agent.ServicesAsync()).Value);
    }

    [Fact]
    public async Task ParentKilled_InstancesEndByThemselves()
    {
        await using var demo = RollcallProcess.Start("demo", "--seconds", "600", "--consul", agent.Address.ToString());
        await demo.ReadLineAsync(static line => line.Contains("callers call", StringComparison.Ordinal), s_patience);

        // By signal: disposing the child would kill its children with it.
        await demo.SignalAsync("KILL");
        await AssertAllGoneAsync(demo.Output);
        using var client = agent.CreateClient();
        await Eventually.TrueAsync(async () => (await client.Agent.ServicesAsync()).Value.Count == 0);
    }

    [Fact]
    public async Task PortTaken_AnotherIsUsedAndSaid()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var port = ((IPEndPoint)listener.LocalEndpoint).Port;
        await using var demo = RollcallProcess.Start("demo", "--seconds", "600", "--http-port", $"{port}");
        var line = await demo.ReadLineAsync(static line => line.Contains("is taken", StringComparison.Ordinal), s_patience);
        Assert.Contains($"Port {port} is taken: the demo's agent takes a free one, ", line, StringComparison.Ordinal);
        await demo.SignalAsync("TERM");
        Assert.Equal(1, await demo.WaitForExitAsync());
    }

    [Theory]
    [InlineData("demo --seconds 1", 2, "--seconds must be from 2")]
    [InlineData("demo --instances 1", 2, "--instances must be from 2 to 50")]
    [InlineData("demo --policy bogus", 2, "--policy 'bogus' is unknown. Use one of: pick_first, random, round_robin")]
    [InlineData("demo --consul http://127.0.0.1:1", 1, "rollcall agent -dev")]
    public async Task WrongSetting_SaysWhatIsRight(string arguments, int exitCode, string message)
    {
        var result = await CliRun.RunAsync(new Uri("http://127.0.0.1:1"), arguments.Split(' '));
        Assert.Equal(exitCode, result.ExitCode);
        Assert.Contains(message, result.Error, StringComparison.Ordinal);
    }

    private static void AssertSummary(string output)
    {
        using var json = JsonDocument.Parse(output.TrimEnd().Split('\n')[^1]);
        var summary = json.RootElement;
        Assert.Equal(0, summary.GetProperty("failed").GetInt64());
        Assert.Equal(3, summary.GetProperty("instances").GetInt32());
        Assert.Equal(1, summary.GetProperty("killed").GetInt32());
        Assert.True(summary.GetProperty("recoveredMs").GetDouble() > 0);
        Assert.True(summary.GetProperty("p50Ms").GetDouble() > 0);
        Assert.True(summary.GetProperty("p99Ms").GetDouble() >= summary.GetProperty("p50Ms").GetDouble());
        Assert.True(summary.GetProperty("retried").GetInt64() > 0);
        var instances = summary.GetProperty("perInstance").EnumerateObject().ToDictionary(static one => one.Name, static one => one.Value.GetInt64());
        Assert.Equal(4, instances.Count);
        Assert.All(instances, static one => Assert.True(one.Value > 0, $"{one.Key} answered no call"));
        Assert.Equal(summary.GetProperty("calls").GetInt64(), instances.Values.Sum());
    }

    /// <summary>Looks for the processes that the demo said it started.</summary>
    private static async Task AssertAllGoneAsync(string events)
    {
        var ids = ProcessId().Matches(events).Select(static match => int.Parse(match.Groups[1].ValueSpan, CultureInfo.InvariantCulture)).ToHashSet();
        Assert.True(ids.Count >= 3, events);
        await Eventually.TrueAsync(() => ids.All(static id => !File.Exists($"/proc/{id}/exe")), TimeSpan.FromSeconds(20));
    }

    [GeneratedRegex(@"\(process (\d+)\)")]
    private static partial Regex ProcessId();
}
