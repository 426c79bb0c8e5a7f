using Microsoft.Extensions.Logging;
using Rollcall.TestKit;

namespace Rollcall.Agent.Tests;

public sealed class LogTests
{
    private const string Master = "aaaaaaaa-0000-0000-0000-000000000001";

    [Fact]
    public async Task Check_IsLoggedWhereItsStatusChanges_AndNotForEachReport()
    {
        await using var agent = await AgentFixture.StartAsync();
        await agent.PutAsync("agent/service/register", """{"Name":"w","Check":{"TTL":"10s"}}""");
        for (var i = 0; i < 3; i++)
        {
            await agent.PutAsync("agent/check/pass/service:w");
        }

        await agent.PutAsync("agent/check/warn/service:w?note=slow");
        await agent.PutAsync("agent/check/fail/service:w", "");
        await agent.PutAsync("agent/check/update/service:w", """{"Status":"critical","Output":"disk\tfull\nsecond line"}""");
        await agent.PutAsync("agent/check/update/service:w", $$"""{"Status":"passing","Output":"fine\n{{new string('x', 1000)}}"}""");
        agent.Time.Advance(TimeSpan.FromSeconds(10));
        await Eventually.TrueAsync(() => Lines(agent, "Check is now").Count() == 5);

        Assert.Equal(
            [
                "Information Check is now passing: check=service:w service=w output=",
                "Warning Check is now warning: check=service:w service=w output=slow",
                "Warning Check is now critical: check=service:w service=w output=",
                "Information Check is now passing: check=service:w service=w output=fine",
                "Warning Check is now critical: check=service:w service=w output=TTL expired (last output before timeout follows): fine",
            ],
            Lines(agent, "Check is now"));
    }

    [Fact]
    public async Task CheckRegisteredAgain_IsNotLoggedAgain()
    {
        await using var agent = await AgentFixture.StartAsync();
        for (var i = 0; i < 2; i++)
        {
            await agent.PutAsync("agent/service/register", """{"Name":"w","Check":{"TTL":"10s"}}""");
            await agent.PutAsync("agent/check/update/service:w", $$"""{"Status":"critical","Output":"{{new string('y', 1000)}}"}""");
        }

        Assert.InRange(Assert.Single(Lines(agent, "Check is now")).Length, 200, 300);
    }

    [Fact]
    public async Task ProviderThatThrows_NothingButItsLinesIsLost()
    {
        var directory = Directory.CreateTempSubdirectory("rollcall-test-");
        try
        {
            using var loggers = new LoggerFactory([new FullDisk()]);
            await using var agent = await AgentFixture.StartAsync(directory.FullName, configure: options => options.LoggerFactory = loggers);
            await agent.PutAsync("agent/service/register", """{"Name":"w","Check":{"TTL":"10s","DeregisterCriticalServiceAfter":"1m"}}""");
            await agent.PutAsync("agent/check/pass/service:w");
            agent.Time.Advance(TimeSpan.FromSeconds(10));
            await Eventually.TrueAsync(async () => (string?)(await agent.GetAsync("health/service/w")).Json![0]!["Checks"]![1]!["Status"] == "critical");

            // A timer removes it: what that lets through ends the process, and here the clock's move.
            agent.Time.Advance(TimeSpan.FromMinutes(2));
            await Eventually.TrueAsync(async () => (await agent.GetAsync("health/service/w")).Json!.AsArray().Count == 0);
            Assert.False(agent.Agent.Stopped.IsCompleted);
        }
        finally
        {
            directory.Delete(recursive: true);
        }
    }

    [Fact]
    public async Task RegistrationsAndMaintenance_AreLogged()
    {
        await using var agent = await AgentFixture.StartAsync();
        await agent.PutAsync("agent/service/register", """{"Name":"w"}""");
        await agent.PutAsync("agent/check/register", """{"Name":"c","TTL":"1m"}""");
        await agent.PutAsync("agent/service/maintenance/w?enable=true&reason=why");
        await agent.PutAsync("agent/service/maintenance/w?enable=true");
        await agent.PutAsync("agent/service/maintenance/w?enable=false");
        await agent.PutAsync("agent/service/maintenance/w?enable=false");
        await agent.PutAsync("agent/maintenance?enable=true");
        await agent.PutAsync("agent/maintenance?enable=false");
        await agent.PutAsync("agent/check/deregister/c");
        await agent.PutAsync("agent/service/deregister/w");

        Assert.Equal(
            [
                "Information Service registered: service=w",
                "Information Check registered: check=c service=",
                "Information Service entered maintenance mode: service=w reason=why",
                "Information Service left maintenance mode: service=w",
                "Information Node entered maintenance mode: reason=Maintenance mode is enabled for this node, but no reason was provided. This is a default message.",
                "Information Node left maintenance mode",
                "Information Check deregistered: check=c",
                "Information Service deregistered: service=w",
            ],
            agent.Log.Entries.Where(static entry => entry.EventId.Id is >= 119 and < 130).Select(static entry => $"{entry.Level} {entry.Message}"));
    }

    [Fact]
    public async Task RefusedRequests_AreLoggedWithTheAccessor_SoManyAMinute()
    {
        await using var agent = await AgentFixture.StartAsync(acl: new AclOptions { Enabled = true, AllowByDefault = false, MasterToken = Master });
        agent.Token = Master;
        var token = (await agent.SendAsync("PUT", "acl/token", "{}")).Json!;
        var (secret, accessor) = ((string)token["SecretID"]!, (string)token["AccessorID"]!);
        agent.Token = secret;
        await agent.GetAsync("kv/a?token=");
        await agent.GetAsync($"acl/info/{Master}");
        agent.Token = "cccccccc-0000-0000-0000-000000000009";
        await agent.GetAsync("kv/a");
        agent.Token = null;
        for (var i = 0; i < 50; i++)
        {
            await agent.GetAsync("kv/a");
        }

        var lines = Lines(agent, "Request refused").ToList();
        Assert.Equal(20, lines.Count);
        Assert.Equal($"Warning Request refused: GET /v1/kv/a: Permission denied accessor={accessor} from=127.0.0.1", lines[0]);
        Assert.Contains(" accessor=unknown ", lines.Single(static line => line.Contains("ACL not found", StringComparison.Ordinal)), StringComparison.Ordinal);
        Assert.Contains(" accessor=00000000-0000-0000-0000-000000000002 ", lines[^1], StringComparison.Ordinal);
        Assert.DoesNotContain(agent.Log.Entries, entry => new[] { secret, Master, "cccccccc" }.Any(text => entry.Message.Contains(text, StringComparison.Ordinal)));
        Assert.Single(Lines(agent, "More requests are refused"));

        agent.Time.Advance(TimeSpan.FromMinutes(1));
        await agent.GetAsync("kv/a");
        Assert.Equal(21, Lines(agent, "Request refused").Count());
    }

    [Fact]
    public async Task Secret_IsInNoLineOfARequestThatFailed()
    {
        await using var agent = await AgentFixture.StartAsync(configure: static options => options.Middleware = next =>
            context => context.Request.Path.Value!.EndsWith("boom", StringComparison.Ordinal) ? throw new InvalidOperationException("boom") : next(context));
        agent.Log.Expect(static entry => entry.EventId.Id == 111);
        await agent.SendAsync("PUT", $"acl/destroy/{Master}-boom");
        await agent.SendAsync("PUT", $"acl/clone/{Master}%0a-boom");
        await agent.SendAsync("PUT", $"kv/{Master[..4]}%0a-boom");

        Assert.Equal(
            [
                "Error PUT /v1/acl/destroy/ failed; the client was answered with 500",
                "Error PUT /v1/acl/clone/ failed; the client was answered with 500",
                "Error PUT /v1/kv/aaaa failed; the client was answered with 500",
            ],
            Lines(agent, "PUT"));
    }

    [Fact]
    public async Task NameWithLineBreaks_ForgesNoLines()
    {
        await using var agent = await AgentFixture.StartAsync();
        using var http = new HttpClient { BaseAddress = agent.Agent.HttpAddress };
        using var reader = new StreamReader(await http.GetStreamAsync("/v1/agent/monitor?loglevel=info").WithinAsync());
        await agent.PutAsync("agent/service/register", """{"ID":"w\r\n2020-01-01 [ERROR] agent: forged\u001b[2J\u0085","Name":"w"}""");
        await agent.PutAsync("agent/service/register", """{"Name":"v"}""");

        Assert.Equal(
            ["Information Service registered: service=w  2020-01-01 [ERROR] agent: forged [2J ", "Information Service registered: service=v"],
            Lines(agent, "Service registered"));
        Assert.EndsWith("agent: Service registered: service=w  2020-01-01 [ERROR] agent: forged [2J ", await reader.ReadLineAsync().WithinAsync(), StringComparison.Ordinal);
        Assert.EndsWith("agent: Service registered: service=v", await reader.ReadLineAsync().WithinAsync(), StringComparison.Ordinal);
    }

    private static IEnumerable<string> Lines(AgentFixture agent, string begin) =>
        agent.Log.Entries.Where(entry => entry.Message.StartsWith(begin, StringComparison.Ordinal)).Select(static entry => $"{entry.Level} {entry.Message}");
}
