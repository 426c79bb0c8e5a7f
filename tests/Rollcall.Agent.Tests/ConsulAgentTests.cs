using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Rollcall.Agent.Http;
using Rollcall.TestKit;

namespace Rollcall.Agent.Tests;

public sealed class ConsulAgentTests
{
    [Fact]
    public async Task PortTaken_SaysWhichAndWhatToDo()
    {
        using var taken = new TcpListener(IPAddress.Loopback, 0);
        taken.Start();
        var port = ((IPEndPoint)taken.LocalEndpoint).Port;

        var exception = await Assert.ThrowsAsync<ConsulAgentException>(
            () => ConsulAgent.StartAsync(new ConsulAgentOptions { HttpPort = port }));

        Assert.Contains($"Port {port} on 127.0.0.1 is taken", exception.Message, StringComparison.Ordinal);
        Assert.Contains("-http-port 0", exception.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("no node", "dc1", "127.0.0.1", "-node")]
    [InlineData("n", "DC 1", "127.0.0.1", "-datacenter")]
    [InlineData("n", "dc1", "nowhere", "-client")]
    [InlineData("n", "dc1", "192.0.2.77", "-client")]
    public async Task OptionMakesNoSense_NamesTheFlag(string node, string datacenter, string client, string flag)
    {
        var exception = await Assert.ThrowsAsync<ConsulAgentException>(() => ConsulAgent.StartAsync(
            new ConsulAgentOptions { HttpPort = 0, NodeName = node, Datacenter = datacenter, ClientAddress = client }));

        Assert.Contains(flag, exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task StartThatFailed_LeavesItsDirectoryToTheNext()
    {
        var directory = Directory.CreateTempSubdirectory("rollcall-agent-");
        try
        {
            // A directory is no socket, and can't be replaced by one.
            var path = directory.CreateSubdirectory("socket").FullName;
            using var loggers = new FailingLoggers();
            var fault = await Assert.ThrowsAsync<ConsulAgentException>(() => AgentFixture.StartAsync(directory.FullName, configure: options => options.UnixSocket = path));
            Assert.Contains(path, fault.Message, StringComparison.Ordinal);
            await Assert.ThrowsAsync<InvalidOperationException>(() => AgentFixture.StartAsync(directory.FullName, configure: options => options.LoggerFactory = loggers));

            await using var agent = await AgentFixture.StartAsync(directory.FullName);

            await agent.PutAsync("kv/a", "v");
        }
        finally
        {
            directory.Delete(recursive: true);
        }
    }

    [Fact]
    public async Task Leave_StopsTheAgent()
    {
        await using var agent = await AgentFixture.StartAsync();

        await agent.PutAsync("agent/leave");

        await agent.Agent.Stopped.WithinAsync();
        await agent.Agent.StopAsync().WithinAsync();
    }

    // Programs that start an agent of their own wait for an index above 1 before they ask for anything.
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task NewAgent_HasAnIndexThatNoneCouldBeTakenFor(bool durable)
    {
        var directory = durable ? Directory.CreateTempSubdirectory("rollcall-test-") : null;
        try
        {
            ulong index;
            await using (var agent = await AgentFixture.StartAsync(directory?.FullName))
            {
                index = await agent.IndexAsync("catalog/nodes");
                Assert.Equal(9UL, index);
                Assert.Equal(9UL, (ulong)(await agent.GetAsync("catalog/nodes")).Json![0]!["CreateIndex"]!);

                // As in Consul: there are none yet.
                Assert.Equal(1UL, await agent.IndexAsync("kv/none"));
                await agent.PutAsync("kv/a", "v");
                Assert.Equal(10UL, await agent.IndexAsync("kv/a"));
            }

            await using (var again = await AgentFixture.StartAsync(directory?.FullName))
            {
                Assert.Equal(9UL, await again.IndexAsync("catalog/nodes"));
                Assert.Equal(durable ? 10UL : 1UL, await again.IndexAsync("kv/a"));
            }
        }
        finally
        {
            directory?.Delete(recursive: true);
        }
    }

    [Fact]
    public async Task OpenedInABrowser_SaysWhatItIs_AndThatThereIsNoDashboard()
    {
        await using var agent = await AgentFixture.StartAsync();
        using var browser = new HttpClient { BaseAddress = agent.Agent.HttpAddress };

        Assert.Equal("Consul Agent", await browser.GetStringAsync("/").WithinAsync());
        using var dashboard = await browser.GetAsync("/ui").WithinAsync();

        Assert.Equal(HttpStatusCode.NotFound, dashboard.StatusCode);
        Assert.Contains("/v1/catalog/services", await dashboard.Content.ReadAsStringAsync().WithinAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task NodeAndItself_AreInItsCatalog()
    {
        await using var agent = await AgentFixture.StartAsync();

        var instance = (await agent.GetAsync("health/service/consul")).Json![0]!;

        Assert.Equal("n1", (string)instance["Node"]!["Node"]!);
        Assert.Equal("serfHealth", (string)instance["Checks"]![0]!["CheckID"]!);
        Assert.Equal("n1", (string)(await agent.GetAsync("agent/members")).Json![0]!["Name"]!);
        Assert.Equal("n1", (string)(await agent.GetAsync("agent/self")).Json!["Config"]!["NodeName"]!);
    }

    [Fact]
    public async Task ServiceTakenOutOfTheCatalog_ComesBackWithinAMinute()
    {
        await using var agent = await AgentFixture.StartAsync();
        await agent.PutAsync("agent/service/register", """{"Name":"web"}""");
        await agent.PutAsync("catalog/deregister", """{"Node":"n1","ServiceID":"web"}""");
        Assert.Equal("[]", (await agent.GetAsync("health/service/web")).Body);

        agent.Time.Advance(TimeSpan.FromSeconds(60));

        await Eventually.TrueAsync(async () => (await agent.GetAsync("health/service/web")).Body != "[]");
    }

    // TTLs are nanoseconds where they are numbers.
    [Fact]
    public async Task CheckWithATtlOfNanoseconds_IsThere()
    {
        await using var agent = await AgentFixture.StartAsync();
        await agent.PutAsync("agent/service/register", """{"Name":"web","Check":{"TTL":30}}""");
        Assert.Equal("critical", (await agent.GetAsync("agent/checks")).Json!["service:web"]!["Status"]!.GetValue<string>());
    }

    [Fact]
    public async Task TtlPasses_ThenTheHeartbeatStops_ServiceIsCritical()
    {
        await using var agent = await AgentFixture.StartAsync();
        await agent.PutAsync("agent/service/register", """{"Name":"web","Check":{"TTL":"10s"}}""");
        Assert.Equal("[]", (await agent.GetAsync("health/service/web?passing")).Body);
        await agent.PutAsync("agent/check/pass/service:web?note=fine");
        Assert.NotEqual("[]", (await agent.GetAsync("health/service/web?passing")).Body);

        agent.Time.Advance(TimeSpan.FromSeconds(10.5));

        await Eventually.TrueAsync(async () => (await agent.GetAsync("health/service/web?passing")).Body == "[]");
        Assert.Contains("TTL expired (last output before timeout follows): fine", (await agent.GetAsync("agent/checks")).Body, StringComparison.Ordinal);
    }

    [Fact]
    public async Task CriticalForTooLong_ServiceIsRemoved()
    {
        await using var agent = await AgentFixture.StartAsync();
        await agent.PutAsync(
            "agent/service/register",
            """{"Name":"web","Check":{"TTL":"5s","DeregisterCriticalServiceAfter":"1m"}}""");

        for (var i = 0; i < 8; i++)
        {
            agent.Time.Advance(TimeSpan.FromSeconds(15));
        }

        await Eventually.TrueAsync(async () => (await agent.GetAsync("agent/services")).Body == "{}");
        Assert.Equal("[]", (await agent.GetAsync("health/service/web")).Body);
    }

    [Fact]
    public async Task Maintenance_TakesInstanceOutUntilItEnds()
    {
        await using var agent = await AgentFixture.StartAsync();
        await agent.PutAsync("agent/service/register", """{"Name":"web"}""");

        await agent.PutAsync("agent/service/maintenance/web?enable=true&reason=upgrade");
        Assert.Equal("[]", (await agent.GetAsync("health/service/web?passing")).Body);
        Assert.Equal("maintenance", (await agent.GetAsync("agent/health/service/id/web?format=text")).Body);

        await agent.PutAsync("agent/service/maintenance/web?enable=false");
        await agent.PutAsync("agent/maintenance?enable=true");
        Assert.Equal("[]", (await agent.GetAsync("health/service/web?passing")).Body);

        await agent.PutAsync("agent/maintenance?enable=false");
        Assert.NotEqual("[]", (await agent.GetAsync("health/service/web?passing")).Body);
    }

    [Fact]
    public async Task AgentStartsAgain_ItsNodeHasTheSameId()
    {
        var ids = new HashSet<string>();
        for (var i = 0; i < 2; i++)
        {
            await using var agent = await AgentFixture.StartAsync();
            ids.Add((string)(await agent.GetAsync("agent/self")).Json!["Config"]!["NodeID"]!);
        }

        Assert.Equal(36, Assert.Single(ids).Length);
    }

    // Has no logger for the application, which is made near the end.
    private sealed class FailingLoggers : ILoggerFactory
    {
        public ILogger CreateLogger(string categoryName) =>
            categoryName == typeof(AgentHttpApplication).FullName ? throw new InvalidOperationException("no logger") : NullLogger.Instance;

        public void AddProvider(ILoggerProvider provider)
        {
        }

        public void Dispose()
        {
        }
    }
}
