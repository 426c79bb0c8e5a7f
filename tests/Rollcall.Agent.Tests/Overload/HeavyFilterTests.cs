using System.Net;
using System.Net.Sockets;
using System.Text;
using Rollcall.Agent.Overload;
using Rollcall.Agent.Tests.Durability;
using Rollcall.TestKit;

namespace Rollcall.Agent.Tests.Overload;

/// <summary>Filters that compute for long take turns, and the agent is there for all else meanwhile.</summary>
[Collection(AloneCollection.Name)]
public sealed class HeavyFilterTests
{
    private const int Clients = 25;

    // Each row of Notes takes some tenths of a second.
    private static readonly string s_heavy = Heavy("Notes");

    [Fact]
    public async Task NewConnections_AreServedWhileFiltersOfManyAreComputed_WhichEndWithTheirClients()
    {
        await using var agent = await StartAsync();
        var sockets = new List<Socket>();
        try
        {
            // Connected first, since that takes the pool, too.
            for (var i = 0; i < Clients * AgentLoad.MaxFiltersPerClient; i++)
            {
                sockets.Add(await ConnectAsync(agent, From(i % Clients)));
            }

            foreach (var socket in sockets)
            {
                await SendAsync(socket, $"health/node/x?filter={s_heavy}");
            }

            using var http = OverloadTests.ClientFrom("127.0.0.1", agent);
            Assert.Equal(HttpStatusCode.OK, (await http.GetAsync("status/leader").WithinAsync()).StatusCode);
            await Eventually.TrueAsync(() => agent.Agent.Load.Filters == sockets.Count, because: () => $"{agent.Agent.Load.Filters}");
        }
        finally
        {
            sockets.ForEach(static socket => socket.Dispose());
        }

        await Eventually.TrueAsync(() => agent.Agent.Load.Filters == 0, because: () => $"{agent.Agent.Load.Filters}");
        Assert.Equal(HttpStatusCode.OK, (await agent.GetAsync($"health/node/none?filter={s_heavy}")).Status);
    }

    [Fact]
    public async Task ClientWithMoreThanItsShare_IsTold429_ButNotForOrdinaryFilters()
    {
        await using var agent = await StartAsync();
        await agent.PutAsync("agent/service/register", """{"Name":"web","Check":{"TTL":"60m"}}""");
        using var gone = new CancellationTokenSource();
        var first = Enumerable.Range(0, AgentLoad.MaxFiltersPerClient)
            .Select(_ => agent.SendAsync("GET", $"health/node/x?filter={s_heavy}", null, gone.Token)).ToList();
        await Eventually.TrueAsync(() => agent.Agent.Load.Filters == first.Count);

        foreach (var (path, field) in ((string, string)[])[
            ("health/node/x", "Notes"), ("health/state/any", "Notes"), ("health/checks/web", "Notes"), ("health/service/web", "Checks.Notes"), ("health/connect/web", "Checks.Notes"),
            ("catalog/nodes", "Node"), ("catalog/node/n1", "ID"), ("catalog/node-services/n1", "ID"), ("catalog/service/web", "Node"), ("internal/ui/nodes", "Node"),
            ("internal/ui/services", "Node.Node"), ("agent/services", "ID"), ("agent/checks", "Name"), ("connect/intentions", "SourceName")])
        {
            AssertRefused(await agent.GetAsync($"{path}?filter={Heavy(field)}"));
        }

        foreach (var ordinary in (string[])["Notes == a", "Node matches `^(n|m)[0-9]+$` and Notes not matches `x{20}`"])
        {
            Assert.Equal(HttpStatusCode.OK, (await agent.GetAsync($"health/node/n1?filter={Uri.EscapeDataString(ordinary)}")).Status);
        }

        // One that waits for a change takes no place before that.
        var waits = await agent.BlockAsync($"health/checks/web?filter={s_heavy}", await agent.IndexAsync("health/checks/web"));
        Assert.False(waits.IsCompleted);
        await agent.PutAsync("agent/check/pass/service:web");
        AssertRefused(await waits.WithinAsync());

        // Another client's is let in, and waits for its turn.
        using var other = OverloadTests.ClientFrom("127.0.0.2", agent);
        var theirs = other.GetAsync($"health/node/none?filter={s_heavy}", gone.Token);
        await Eventually.TrueAsync(() => agent.Agent.Load.Filters > first.Count || theirs.IsCompletedSuccessfully);

        await gone.CancelAsync();
        await Eventually.TrueAsync(() => agent.Agent.Load.Filters == 0);
        Assert.Equal(HttpStatusCode.OK, (await agent.GetAsync($"health/checks/web?filter={s_heavy}")).Status);
        Assert.Equal(0, agent.Agent.Load.Filters);
    }

    private static void AssertRefused(AgentFixture.Answer answer)
    {
        Assert.Equal(HttpStatusCode.TooManyRequests, answer.Status);
        Assert.InRange(int.Parse(answer.Headers["Retry-After"], System.Globalization.CultureInfo.InvariantCulture), 1, 5);
        Assert.Contains("ask one after the other", answer.Body, StringComparison.Ordinal);
    }

    private static string Heavy(string field) => Uri.EscapeDataString($"{field} matches \"[ab]*a[ab]{{990}}c\" or {field} matches \"[ab]*a[ab]{{990}}d\"");

    private static string From(int client) => $"127.0.1.{client + 1}";

    private static async Task<AgentFixture> StartAsync()
    {
        var agent = await AgentFixture.StartAsync();
        var random = new Random(1);
        var checks = Enumerable.Range(0, 200).Select(i => $$"""{"Node":"x","CheckID":"c{{i}}","Notes":"{{new string(random.GetItems(['a', 'b'], 2048))}}"}""");
        await agent.PutAsync("catalog/register", $$"""{"Node":"x","Address":"10.0.0.1","Checks":[{{string.Join(',', checks)}}]}""");
        return agent;
    }

    private static async Task<Socket> ConnectAsync(AgentFixture agent, string from)
    {
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp);
        socket.Bind(new IPEndPoint(IPAddress.Parse(from), 0));
        await socket.ConnectAsync(IPAddress.Loopback, agent.Agent.HttpAddress.Port).WithinAsync();
        await SendAsync(socket, "status/leader");
        Assert.True(await socket.ReceiveAsync(new byte[4096]).WithinAsync() > 0);
        return socket;
    }

    private static async Task SendAsync(Socket socket, string path) =>
        await socket.SendAsync(Encoding.ASCII.GetBytes($"GET /v1/{path} HTTP/1.1\r\nHost: a\r\n\r\n")).WithinAsync();
}
