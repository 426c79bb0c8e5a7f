using Rollcall.TestKit;

namespace Rollcall.Agent.Tests.Configuration;

/// <summary>What stands in configuration files comes and goes with them; what clients registered stays.</summary>
public sealed class FileRegistrationTests : IDisposable
{
    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("rollcall-test-");

    public void Dispose() => _directory.Delete(recursive: true);

    [Fact]
    public async Task Reload_BringsAndTakes_AndKeepsTheStatusOfWhatStays()
    {
        var text = """services = [{ name = "a" check { id = "ca" ttl = "1h" } }, { name = "b" }] check { name = "disk" ttl = "1h" }""";
        await using var agent = await AgentFixture.StartAsync(configuration: () => Read(text));
        await agent.PutAsync("agent/service/register", """{"Name":"api","Check":{"TTL":"1h"}}""");
        await agent.PutAsync("agent/check/pass/ca");

        text = """services = [{ name = "a" port = 7 check { id = "ca" ttl = "1h" } }, { name = "c" }]""";
        await agent.PutAsync("agent/reload");

        Assert.Equal(["a", "api", "c"], await NamesAsync(agent, "agent/services"));
        Assert.Equal(["ca", "service:api"], await NamesAsync(agent, "agent/checks"));
        Assert.Equal(["a", "api", "c", "consul"], await NamesAsync(agent, "catalog/services"));
        Assert.Equal("passing", (await agent.GetAsync("health/checks/a")).Json![0]!["Status"]!.GetValue<string>());
        await agent.PutAsync("agent/check/pass/ca");
    }

    [Fact]
    public async Task ServiceThatHasAnotherName_HasItInAllItsChecks()
    {
        var text = """service { id = "s" name = "a" tags = ["t1"] }""";
        await using var agent = await AgentFixture.StartAsync(configuration: () => Read(text));
        await agent.PutAsync("agent/check/register", """{"Name":"api","TTL":"1h","ServiceID":"s"}""");
        await agent.PutAsync("agent/check/pass/api");

        text = """service { id = "s" name = "b" tags = ["t2"] }""";
        await agent.PutAsync("agent/reload");

        var check = (await agent.GetAsync("agent/checks")).Json!["api"]!;
        Assert.Equal(("b", """["t2"]""", "passing"), (check["ServiceName"]!.GetValue<string>(), check["ServiceTags"]!.ToJsonString(), check["Status"]!.GetValue<string>()));
    }

    [Fact]
    public async Task FaultyReload_IsAnsweredAndChangesNothing()
    {
        var text = """service { name = "a" }""";
        await using var agent = await AgentFixture.StartAsync(configuration: () => Read(text));

        agent.Log.Expect(static entry => entry.EventId.Id == 104);
        text = """service { name = "b" nope = 1 }""";
        var answer = await agent.SendAsync("PUT", "agent/reload");

        Assert.Equal((500, "failed to parse test: 1 error occurred:\n\t* invalid config key service.nope\n"), ((int)answer.Status, answer.Body));
        Assert.Equal(["a"], await NamesAsync(agent, "agent/services"));
    }

    [Fact]
    public async Task SettingsThatNeedARestart_AreNamedAtTheReload()
    {
        var text = """ports { http = 1 } node_meta { a = "1" } log_level = "info" """;
        await using var agent = await AgentFixture.StartAsync(configuration: () => Read(text));
        await agent.PutAsync("agent/reload");
        Assert.DoesNotContain(agent.Log.Entries, static entry => entry.EventId.Id == 102);

        text = """ports { http = 2 } node_meta { a = "2" } acl { tokens { default = "secret" } } service { name = "a" }  log_level = "warn" """;
        await agent.PutAsync("agent/reload");

        var line = Assert.Single(agent.Log.Entries, static entry => entry.EventId.Id == 102);
        Assert.Equal("What has changed in the configuration counts only after a restart: acl.tokens, node_meta, ports.http", line.Message);
        Assert.Equal(["a"], await NamesAsync(agent, "agent/services"));
    }

    [Theory]
    [InlineData("config_entries.bootstrap", """config_entries { bootstrap { kind = "service-defaults" name = "a" } bootstrap { kind = "service-defaults" name = "b" } }""")]
    [InlineData("leave_on_terminate", """config_entries { bootstrap { kind = "service-defaults" name = "a" } } leave_on_terminate = false""")]
    [InlineData("pid_file", """config_entries { bootstrap { kind = "service-defaults" name = "a" } } pid_file = "other" """)]
    [InlineData("skip_leave_on_interrupt", """config_entries { bootstrap { kind = "service-defaults" name = "a" } } skip_leave_on_interrupt = true""")]
    public async Task SettingThatIsReadAtTheStartAlone_IsNamedAtTheReload(string name, string after)
    {
        var text = """config_entries { bootstrap { kind = "service-defaults" name = "a" } }""";
        await using var agent = await AgentFixture.StartAsync(configuration: () => Read(text));
        await agent.PutAsync("agent/reload");
        Assert.DoesNotContain(agent.Log.Entries, static entry => entry.EventId.Id == 102);

        text = after;
        await agent.PutAsync("agent/reload");

        var line = Assert.Single(agent.Log.Entries, static entry => entry.EventId.Id == 102);
        Assert.Equal($"What has changed in the configuration counts only after a restart: {name}", line.Message);
    }

    [Fact]
    public async Task ReloadsAtOnce_AreOneAfterTheOther_SoTheLastFilesCount()
    {
        var (text, reads) = ("""service { name = "a" }""", 0);
        var entered = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        using var release = new ManualResetEventSlim();
        AgentConfiguration ReadSlowly()
        {
            var mine = Read(text);
            if (Interlocked.Increment(ref reads) == 2)
            {
                entered.SetResult();
                release.Wait(TimeSpan.FromSeconds(30));
            }

            return mine;
        }

        await using var agent = await AgentFixture.StartAsync(configuration: ReadSlowly);
        text = """service { name = "b" }""";
        var first = Task.Run(agent.Agent.ReloadAsync);
        await entered.Task.WithinAsync();
        text = """service { name = "c" }""";
        var second = agent.Agent.ReloadAsync();
        Assert.Equal(2, reads);
        release.Set();
        await first.WithinAsync();
        await second.WithinAsync();

        Assert.Equal(["c"], await NamesAsync(agent, "agent/services"));
    }

    [Theory]
    [InlineData("node_name = \"bad name!\"", "Set NodeName (-node)")]
    [InlineData("client_addr = \"foo\"", "\"foo\" is no IP address")]
    public async Task ReloadOfWhatCouldNotBeStarted_ChangesNothing(string fault, string message)
    {
        var text = """service { name = "a" }""";
        await using var agent = await AgentFixture.StartAsync(configuration: () => Read(text));
        agent.Log.Expect(static entry => entry.EventId.Id == 104);

        text = $$"""service { name = "b" } {{fault}}""";
        var answer = await agent.SendAsync("PUT", "agent/reload");

        Assert.Equal(500, (int)answer.Status);
        Assert.Contains(message, answer.Body, StringComparison.Ordinal);
        Assert.Equal(["a"], await NamesAsync(agent, "agent/services"));
    }

    [Fact]
    public async Task AfterARestart_TheFilesSayWhatIsThere()
    {
        await using (var agent = await AgentFixture.StartAsync(_directory.FullName, () => Read("""services = [{ name = "a" }, { name = "b" }]""")))
        {
            await agent.PutAsync("agent/service/register", """{"Name":"api"}""");
            await agent.PutAsync("agent/check/register", """{"Name":"of a","ServiceID":"a","TTL":"1h","Status":"passing"}""");
            await agent.PutAsync("agent/check/register", """{"Name":"of b","ServiceID":"b","TTL":"1h"}""");
        }

        await using var again = await AgentFixture.StartAsync(_directory.FullName, () => Read("""service { name = "a" }"""));

        Assert.Equal(["a", "api"], await NamesAsync(again, "agent/services"));
        Assert.Equal(["a", "api", "consul"], await NamesAsync(again, "catalog/services"));
        Assert.Equal(["of a"], await NamesAsync(again, "agent/checks"));
        Assert.Equal("passing", (await again.GetAsync("health/checks/a")).Json![0]!["Status"]!.GetValue<string>());
    }

    [Fact]
    public async Task ClientThatTakesOverAService_IsKeptUntilTheNextReload()
    {
        await using var agent = await AgentFixture.StartAsync(configuration: () => Read("""service { name = "a" port = 1 }"""));
        await agent.PutAsync("agent/service/register", """{"Name":"a","Port":2}""");
        Assert.Equal(2, (await agent.GetAsync("agent/service/a")).Json!["Port"]!.GetValue<int>());

        await agent.PutAsync("agent/reload");

        Assert.Equal(1, (await agent.GetAsync("agent/service/a")).Json!["Port"]!.GetValue<int>());
    }

    [Theory]
    [InlineData("exit 0", "passing")]
    [InlineData("exit 1", "warning")]
    [InlineData("exit 2", "critical")]
    public async Task Script_SaysItsStatusAndOutput(string script, string status)
    {
        await using var agent = await AgentFixture.StartAsync(
            configuration: () => Read($$"""enable_script_checks = true check { id = "s" name = "s" interval = "1s" args = ["sh", "-c", "echo hello; {{script}}"] }"""));

        await Eventually.TrueAsync(async () =>
        {
            agent.Time.Advance(TimeSpan.FromSeconds(1));
            return (await agent.GetAsync("agent/checks")).Json!["s"] is { } check
                && check["Output"]!.GetValue<string>() == "hello\n" && check["Status"]!.GetValue<string>() == status;
        });
    }

    [Fact]
    public async Task NodeIdMetaAndPorts_AreInTheAnswers()
    {
        await using var agent = await AgentFixture.StartAsync(configuration: () => Read(
            """node_id = "adf4238a-882b-9ddc-4a9d-5b6758e4159e" node_meta { rack = "r1" } ports { server = 1001 serf_lan = 1002 serf_wan = 1003 }"""));

        var node = (await agent.GetAsync("catalog/nodes?node-meta=rack:r1")).Json![0]!;
        Assert.Equal("adf4238a-882b-9ddc-4a9d-5b6758e4159e", node["ID"]!.GetValue<string>());
        Assert.Equal("\"127.0.0.1:1001\"", (await agent.GetAsync("status/leader")).Body);
        Assert.Equal("[\"127.0.0.1:1001\"]", (await agent.GetAsync("status/peers")).Body);
        var member = (await agent.GetAsync("agent/members")).Json![0]!;
        Assert.Equal((1002, "1001", "1003"), (member["Port"]!.GetValue<int>(), member["Tags"]!["port"]!.GetValue<string>(), member["Tags"]!["wan_join_port"]!.GetValue<string>()));
    }

    private static AgentConfiguration Read(string text)
    {
        var configuration = new AgentConfiguration();
        configuration.AddText("test", text, "hcl");
        return configuration;
    }

    private static async Task<List<string>> NamesAsync(AgentFixture agent, string path) =>
        [.. (await agent.GetAsync(path)).Json!.AsObject().Select(static pair => pair.Key)];
}
