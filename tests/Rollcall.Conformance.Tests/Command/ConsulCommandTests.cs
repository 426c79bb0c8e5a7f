using Rollcall.TestKit;

namespace Rollcall.Conformance.Tests.Command;

/// <summary>The real <c>consul</c> program as a client of both agents.</summary>
public class ConsulCommandTests(Agents agents) : IClassFixture<Agents>
{
    public static IEnumerable<AgentKind> Kinds => Enum.GetValues<AgentKind>();

    public static TheoryData<AgentKind> Both => [.. Kinds];

    [RequiresConsulTheory]
    [MemberData(nameof(Both))]
    public async Task Members_ListsTheNodeAsAlive(AgentKind kind)
    {
        var agent = await agents.GetAsync(kind);
        var node = (await agent.Client.Agent.SelfAsync()).Value.Config.NodeName;

        var output = await RunAsync(agent, "members");

        Assert.Contains("Status", output, StringComparison.Ordinal);
        Assert.Matches($@"(?m)^{node}\s+127\.0\.0\.1:\d+\s+alive\s+server\s", output);
    }

    [RequiresConsulTheory]
    [MemberData(nameof(Both))]
    public async Task Services_RegisterListAndDeregister(AgentKind kind)
    {
        var agent = await agents.GetAsync(kind);

        var output = await RunAsync(agent, "services", "register", "-name=byhand", "-id=byhand-1", "-port=81", "-tag=v1", "-meta=k=v");
        Assert.Equal("Registered service: byhand\n", output);
        await Eventually.TrueAsync(async () => (await RunAsync(agent, "catalog", "services")).Contains("byhand", StringComparison.Ordinal));
        Assert.Matches(@"(?m)^byhand\s+v1", await RunAsync(agent, "catalog", "services", "-tags"));
        Assert.Equal(81, (await agent.Client.Agent.ServiceAsync("byhand-1")).Value!.Port);

        Assert.Equal("Deregistered service: byhand-1\n", await RunAsync(agent, "services", "deregister", "-id=byhand-1"));
        await Eventually.TrueAsync(async () => !(await RunAsync(agent, "catalog", "services")).Contains("byhand", StringComparison.Ordinal));
    }

    [RequiresConsulTheory]
    [MemberData(nameof(Both))]
    public async Task DefinitionFile_RegistersWithItsCheck(AgentKind kind)
    {
        var agent = await agents.GetAsync(kind);
        var directory = Directory.CreateTempSubdirectory("rollcall-test-");
        try
        {
            var file = Path.Combine(directory.FullName, "service.json");
            await File.WriteAllTextAsync(
                file, """{"service":{"name":"filed","id":"filed-1","port":82,"checks":[{"ttl":"1h","status":"passing"}],"weights":{"passing":3,"warning":1}}}""");

            _ = await RunAsync(agent, "services", "register", file);
            await Eventually.TrueAsync(async () => (await agent.Client.Health.ServiceAsync("filed")).Value.Count == 1);

            var entry = (await agent.Client.Health.ServiceAsync("filed")).Value.Single();
            Assert.Equal(3, entry.Service.Weights!.Passing);
            Assert.Contains(entry.Checks, c => c.ServiceId == "filed-1" && c.Status == Consul.Wire.CheckStatus.Passing);
            _ = await RunAsync(agent, "services", "deregister", file);
        }
        finally
        {
            directory.Delete(recursive: true);
        }
    }

    [RequiresConsulTheory]
    [MemberData(nameof(Both))]
    public async Task CatalogNodes_ListsTheNode(AgentKind kind)
    {
        var agent = await agents.GetAsync(kind);
        Assert.Matches(@"(?m)^\S+\s+\S+\s+127\.0\.0\.1\s+dc1", await RunAsync(agent, "catalog", "nodes"));
        Assert.Contains("dc1", await RunAsync(agent, "catalog", "datacenters"), StringComparison.Ordinal);
    }

    [RequiresConsulTheory]
    [MemberData(nameof(Both))]
    public async Task Kv_PutGetKeysAndDeleteRecurse(AgentKind kind)
    {
        var agent = await agents.GetAsync(kind);

        Assert.Equal("Success! Data written to: cli/a\n", await RunAsync(agent, "kv", "put", "cli/a", "one"));
        _ = await RunAsync(agent, "kv", "put", "-flags=42", "cli/b/c", "two");
        Assert.Equal("one\n", await RunAsync(agent, "kv", "get", "cli/a"));
        Assert.Equal("cli/a:one\ncli/b/c:two\n", await RunAsync(agent, "kv", "get", "-recurse", "cli/"));
        Assert.Equal("cli/a\ncli/b/\n", await RunAsync(agent, "kv", "get", "-keys", "cli/"));
        Assert.Matches(@"Flags\s+42", await RunAsync(agent, "kv", "get", "-detailed", "cli/b/c"));
        Assert.Contains("\"key\": \"cli/a\"", await RunAsync(agent, "kv", "export", "cli/"), StringComparison.Ordinal);
        Assert.Equal("Success! Deleted keys with prefix: cli/\n", await RunAsync(agent, "kv", "delete", "-recurse", "cli/"));

        var gone = await RealConsul.RunCommandAsync(agent.Address, "kv", "get", "cli/a");
        Assert.Equal((1, "Error! No key exists at: cli/a\n"), (gone.ExitCode, gone.Error));
    }

    [RequiresConsulTheory]
    [MemberData(nameof(Both))]
    public async Task Maint_PutsTheNodeAsideAndBack(AgentKind kind)
    {
        var agent = await agents.GetAsync(kind);

        _ = await RunAsync(agent, "maint", "-enable", "-reason=test");
        Assert.Contains("test", await RunAsync(agent, "maint"), StringComparison.Ordinal);
        _ = await RunAsync(agent, "maint", "-disable");
        Assert.DoesNotContain("test", await RunAsync(agent, "maint"), StringComparison.Ordinal);
    }

    [RequiresConsulTheory]
    [MemberData(nameof(Both))]
    public async Task WatchService_RunsItsHandlerOnEveryChange(AgentKind kind)
    {
        var agent = await agents.GetAsync(kind);
        await agent.RegisterAsync("cliwatch", "cliwatch-1");
        await using var watch = ChildProcess.Start(
            RealConsul.BinaryPath,
            ["watch", "-type=service", "-service=cliwatch", "sh", "-c", "cat; echo"],
            RealConsul.ClientEnvironment(agent.Address));

        _ = await watch.ReadLineAsync(line => line.Contains("cliwatch-1", StringComparison.Ordinal));
        await agent.RegisterAsync("cliwatch", "cliwatch-2");

        _ = await watch.ReadLineAsync(line => line.Contains("cliwatch-2", StringComparison.Ordinal));
    }

    [RequiresConsulTheory]
    [MemberData(nameof(Both))]
    public async Task WatchKey_RunsItsHandlerOnEveryChange(AgentKind kind)
    {
        var agent = await agents.GetAsync(kind);
        _ = await agent.PutAsync("/v1/kv/watch/cli", "1");
        await using var watch = ChildProcess.Start(
            RealConsul.BinaryPath,
            ["watch", "-type=key", "-key=watch/cli", "sh", "-c", "cat; echo"],
            RealConsul.ClientEnvironment(agent.Address));

        _ = await watch.ReadLineAsync(line => line.Contains("\"Value\":\"MQ==\"", StringComparison.Ordinal));
        _ = await agent.PutAsync("/v1/kv/watch/cli", "2");

        _ = await watch.ReadLineAsync(line => line.Contains("\"Value\":\"Mg==\"", StringComparison.Ordinal));
    }

    [RequiresConsulTheory]
    [MemberData(nameof(Both))]
    public async Task Info_TellsWhatTheAgentIs(AgentKind kind)
    {
        var agent = await agents.GetAsync(kind);

        var output = await RunAsync(agent, "info");

        // Sections in alphabetical order, each with its names and values below.
        Assert.Matches("(?ms)^agent:\n.*\tservices = \\d+\n.*^build:\n.*\tversion = \\S+\n.*^consul:\n.*\tserver = true\n", output);
    }

    // Not of a Consul: 1.8.7 ends the stream of its own command at once.
    [RequiresConsulFact]
    public async Task Monitor_ShowsWhatTheAgentLogsFromThenOn()
    {
        var agent = await agents.GetAsync(AgentKind.Embedded);
        await using var monitor = ChildProcess.Start(RealConsul.BinaryPath, ["monitor", "-log-level=debug"], RealConsul.ClientEnvironment(agent.Address));
        using var stop = new CancellationTokenSource();

        // Which of these comes first after it listens nobody can tell: again until one is shown.
        var logging = LogAsync();
        try
        {
            _ = await monitor.ReadLineAsync(static line => line.Contains("clilogged", StringComparison.Ordinal));
        }
        finally
        {
            await stop.CancelAsync();
            await logging;
        }

        async Task LogAsync()
        {
            while (!stop.IsCancellationRequested)
            {
                await agent.RegisterAsync("clilogged", "clilogged");
                _ = await agent.PutAsync("/v1/agent/service/deregister/clilogged");
            }
        }
    }

    private static async Task<string> RunAsync(TestedAgent agent, params string[] arguments)
    {
        var done = await RealConsul.RunCommandAsync(agent.Address, arguments);
        Assert.True(done.ExitCode == 0, $"consul {string.Join(' ', arguments)}: {done.ExitCode}\n{done.Output}{done.Error}");
        return done.Output;
    }
}
