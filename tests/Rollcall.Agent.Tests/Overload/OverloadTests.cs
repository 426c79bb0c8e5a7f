using System.Net;
using System.Net.Sockets;
using System.Text.Json.Nodes;
using Microsoft.Extensions.Logging;
using Rollcall.Agent.Overload;
using Rollcall.TestKit;

namespace Rollcall.Agent.Tests.Overload;

/// <summary>An agent that is asked for more than it may take on refuses the rest, serves what it took, and is as before when it is over.</summary>
public sealed class OverloadTests
{
    private const int Watchers = 2_000;
    private const int MaxWatchers = 100;

    [Fact]
    public async Task WatchersBeyondTheLimit_AreSentAwayForSomeSeconds_AndTheOthersAreServed()
    {
        await using var agent = await AgentFixture.StartAsync(configure: static options => options.Limits.MaxWatchers = MaxWatchers);
        await agent.PutAsync("agent/service/register", """{"Name":"web","Check":{"TTL":"60m"}}""");
        await agent.PutAsync("kv/k", "1");
        var index = await agent.IndexAsync("kv/k");

        var pending = Enumerable.Range(0, Watchers).Select(_ => agent.GetAsync($"kv/k?index={index}&wait=10m")).ToList();
        await Eventually.TrueAsync(() => pending.Count(static query => query.IsCompleted) == Watchers - MaxWatchers, TimeSpan.FromSeconds(60));

        foreach (var query in pending.Where(static query => query.IsCompleted))
        {
            AssertRefused(HttpStatusCode.ServiceUnavailable, await query);
        }

        Assert.Equal(MaxWatchers, agent.Agent.Load.Watchers);

        // What does not wait goes on, and what is newer is answered at once.
        await agent.PutAsync("agent/check/pass/service:web");
        Assert.Equal(HttpStatusCode.OK, (await agent.GetAsync($"kv/k?index={index - 1}&wait=10m")).Status);
        await agent.PutAsync("kv/k", "2");
        var woken = await Task.WhenAll(pending).WithinAsync();
        Assert.Equal(MaxWatchers, woken.Count(static answer => answer.Status == HttpStatusCode.OK));
        await Eventually.TrueAsync(() => agent.Agent.Load.Watchers == 0);
        var next = await agent.BlockAsync("kv/k", await agent.IndexAsync("kv/k"));
        Assert.Equal(1, agent.Agent.Load.Watchers);
        await agent.PutAsync("kv/k", "3");
        Assert.Equal(HttpStatusCode.OK, (await next).Status);
        Assert.Single(Warnings(agent));
    }

    [Fact]
    public async Task ClientWithMoreThanItsShare_IsTold429_AndAnotherIsNot()
    {
        await using var agent = await AgentFixture.StartAsync(configure: static options => options.Limits.MaxWatchersPerClient = 2);
        var index = await agent.IndexAsync("catalog/services");
        var pending = new List<Task<AgentFixture.Answer>> { await agent.BlockAsync("catalog/services", index), await agent.BlockAsync("catalog/services", index) };

        var third = await agent.GetAsync($"catalog/services?index={index}&wait=10m");

        AssertRefused(HttpStatusCode.TooManyRequests, third);

        // Nobody may adopt an index from a refusal.
        Assert.Equal((1UL, "false"), (third.Index, third.Headers["X-Consul-Knownleader"]));
        using var other = ClientFrom("127.0.0.2", agent);
        var theirs = other.GetAsync($"catalog/services?index={index}&wait=10m");
        await Eventually.TrueAsync(() => agent.Agent.Load.Watchers == 3);
        await agent.PutAsync("agent/service/register", """{"Name":"new"}""");
        Assert.Equal(HttpStatusCode.OK, (await theirs.WithinAsync()).StatusCode);
        Assert.All(await Task.WhenAll(pending).WithinAsync(), static answer => Assert.Equal(HttpStatusCode.OK, answer.Status));
        await Eventually.TrueAsync(() => agent.Agent.Load.Watchers == 0);
    }

    [Fact]
    public async Task ShortOfMemory_WhatKeepsServicesAndLocksAliveGoesOn()
    {
        var inUse = 0.0;
        const long Limit = 100L << 20;
        await using var agent = await AgentFixture.StartAsync(configure: options =>
        {
            options.Limits.MaxMemoryBytes = Limit;
            options.Limits.ReadMemory = _ => (long)(Volatile.Read(ref inUse) * Limit);
        });
        await agent.PutAsync("agent/service/register", """{"Name":"web","Check":{"TTL":"60m"}}""");
        await agent.PutAsync("kv/k", "1");
        var session = (string)(await agent.SendAsync("PUT", "session/create", """{"TTL":"30m"}""")).Json!["ID"]!;
        var index = await agent.IndexAsync("kv/k");

        Set(0.8);
        AssertRefused(HttpStatusCode.ServiceUnavailable, await agent.SendAsync("PUT", "kv/new", "x"));
        AssertRefused(HttpStatusCode.ServiceUnavailable, await agent.SendAsync("PUT", "txn", "[]"));
        AssertRefused(HttpStatusCode.ServiceUnavailable, await agent.GetAsync($"kv/k?index={index}&wait=10m"));
        Assert.Equal(HttpStatusCode.OK, (await agent.GetAsync("kv/k")).Status);
        await agent.PutAsync("agent/service/register", """{"Name":"other","Check":{"TTL":"60m"}}""");

        Set(0.95);
        AssertRefused(HttpStatusCode.ServiceUnavailable, await agent.GetAsync("kv/k"));
        AssertRefused(HttpStatusCode.ServiceUnavailable, await agent.GetAsync("health/service/web"));
        AssertRefused(HttpStatusCode.ServiceUnavailable, await agent.SendAsync("PUT", "agent/service/register", """{"Name":"third"}"""));
        foreach (var vital in (string[])["agent/check/pass/service:web", "agent/check/warn/service:other", $"session/renew/{session}", "agent/service/deregister/other"])
        {
            await agent.PutAsync(vital);
        }

        Assert.Equal(HttpStatusCode.OK, (await agent.GetAsync("agent/service/web")).Status);

        Assert.Equal("true", (await agent.SendAsync("DELETE", "kv/k")).Body);
        Assert.Equal(HttpStatusCode.OK, (await agent.GetAsync("agent/metrics")).Status);

        Set(0.5);
        Assert.Equal(HttpStatusCode.NotFound, (await agent.GetAsync("kv/new")).Status);
        Assert.Equal(HttpStatusCode.NotFound, (await agent.GetAsync("kv/k")).Status);
        await agent.PutAsync("kv/new", "x");
        Assert.Equal(["consul", "web"], (await agent.GetAsync("catalog/services")).Json!.AsObject().Select(static pair => pair.Key).Order(StringComparer.Ordinal));
        Assert.Contains("\"Status\":\"passing\"", (await agent.GetAsync("health/checks/web")).Body, StringComparison.Ordinal);
        Assert.Contains("(memory)", Assert.Single(Warnings(agent)).Message, StringComparison.Ordinal);

        // A minute without a refusal ends the burst.
        agent.Time.Advance(TimeSpan.FromMinutes(2));
        Set(0.8);
        AssertRefused(HttpStatusCode.ServiceUnavailable, await agent.SendAsync("PUT", "kv/new", "x"));
        Assert.Equal(2, Warnings(agent).Count());

        void Set(double share)
        {
            Volatile.Write(ref inUse, share);
            agent.Time.Advance(TimeSpan.FromSeconds(1));
        }
    }

    [Fact]
    public void Garbage_IsCollectedBeforeAnybodyIsRefused()
    {
        var time = new FakeTimeProvider();
        var collections = 0;
        var garbage = true;
        var memory = new MemoryPressure(
            1000,
            collect =>
            {
                collections += collect ? 1 : 0;
                return garbage && !collect ? 950 : 100;
            },
            time);

        Assert.Equal(Precedence.Growing, memory.Admitted(time.GetTimestamp()));
        Assert.Equal((1, 100), (collections, memory.InUse));

        // Not again and again: what comes before the next collection is due is taken as it is.
        time.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal(Precedence.Vital, memory.Admitted(time.GetTimestamp()));
        garbage = false;
        time.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal(Precedence.Growing, memory.Admitted(time.GetTimestamp()));
        Assert.Equal(1, collections);
    }

    [Fact]
    public async Task MemoryComesAndGoesUnderWriters_NoAcknowledgedWriteIsLost()
    {
        var directory = Directory.CreateTempSubdirectory("rollcall-test-");
        try
        {
            var inUse = 0L;
            var acknowledged = new HashSet<string>(StringComparer.Ordinal);
            var refused = 0;
            await using (var agent = await StartAsync())
            {
                for (var round = 0; round < 20; round++)
                {
                    // The pressure changes while writes are under way.
                    var writes = Enumerable.Range(0, 50).Select(i => WriteAsync(agent, $"{round}-{i}")).ToList();
                    Volatile.Write(ref inUse, round % 2 == 0 ? 1000L << 20 : 0);
                    agent.Time.Advance(TimeSpan.FromSeconds(1));
                    writes.AddRange(Enumerable.Range(50, 50).Select(i => WriteAsync(agent, $"{round}-{i}")));
                    await Task.WhenAll(writes).WithinAsync();
                }

                await CheckAsync(agent);
            }

            inUse = 0;
            await using var again = await StartAsync();
            await CheckAsync(again);
            Assert.True(acknowledged.Count >= 500 && refused >= 500, $"{acknowledged.Count} acknowledged, {refused} refused");

            Task<AgentFixture> StartAsync() => AgentFixture.StartAsync(directory.FullName, configure: options =>
            {
                options.Limits.MaxMemoryBytes = 1000L << 20;
                options.Limits.ReadMemory = _ => Volatile.Read(ref inUse);
            });

            async Task WriteAsync(AgentFixture agent, string key)
            {
                var answer = await agent.SendAsync("PUT", $"kv/{key}", "v");
                lock (acknowledged)
                {
                    if (answer.Status == HttpStatusCode.OK)
                    {
                        acknowledged.Add(key);
                    }
                    else
                    {
                        AssertRefused(HttpStatusCode.ServiceUnavailable, answer);
                        refused++;
                    }
                }
            }

            async Task CheckAsync(AgentFixture agent)
            {
                var keys = (await agent.GetAsync("kv/?keys")).Json!.AsArray().Select(static key => (string)key!);
                Assert.Equal(acknowledged.Order(StringComparer.Ordinal), keys.Order(StringComparer.Ordinal));
            }
        }
        finally
        {
            directory.Delete(recursive: true);
        }
    }

    [Fact]
    public async Task AnswersThatNobodyReads_FillWhatMayBeInFlight_AndNoMore()
    {
        await using var agent = await AgentFixture.StartAsync(configure: static options =>
        {
            options.Limits.MaxBytesInFlight = 40 << 20;
            options.Limits.MaxBytesInFlightPerClient = 20 << 20;
        });
        for (var i = 0; i < 40; i++)
        {
            await agent.PutAsync($"kv/big/{i}", new string('x', 500_000));
        }

        // 27 MB of JSON: more than its share, but nothing else of it is in flight.
        using var slow = await AskAsync("127.0.0.1");
        await Eventually.TrueAsync(() => agent.Agent.Load.BytesInFlight > 20 << 20);
        AssertRefused(HttpStatusCode.TooManyRequests, await agent.GetAsync("kv/big?recurse"));
        using (var other = ClientFrom("127.0.0.2", agent))
        using (var full = await other.GetAsync("kv/big?recurse").WithinAsync())
        {
            Assert.Equal(HttpStatusCode.ServiceUnavailable, full.StatusCode);
            Assert.InRange(full.Headers.RetryAfter!.Delta!.Value.TotalSeconds, 1, 5);
        }

        // Small answers are not counted.
        Assert.Equal(HttpStatusCode.OK, (await agent.GetAsync("kv/big?keys")).Status);
        var (read, buffer) = (0L, new byte[1 << 20]);
        while (await slow.ReceiveAsync(buffer).WithinAsync() is > 0 and var received)
        {
            read += received;
        }

        Assert.True(read > 20 << 20, $"{read} bytes were read");
        await Eventually.TrueAsync(() => agent.Agent.Load.BytesInFlight == 0);
        Assert.Equal(HttpStatusCode.OK, (await agent.GetAsync("kv/big?recurse")).Status);
        Assert.Equal(2, Warnings(agent).Count());

        async Task<Socket> AskAsync(string from)
        {
            var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { ReceiveBufferSize = 8192 };
            socket.Bind(new IPEndPoint(IPAddress.Parse(from), 0));
            await socket.ConnectAsync(IPAddress.Loopback, agent.Agent.HttpAddress.Port).WithinAsync();
            await socket.SendAsync("GET /v1/kv/big?recurse HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"u8.ToArray());
            return socket;
        }
    }

    [Fact]
    public async Task BodiesThatDoNotComeToTheirEnd_FillWhatMayBeInFlight_AndNoMore()
    {
        await using var agent = await AgentFixture.StartAsync(configure: static options => options.Limits.MaxBytesInFlight = 1 << 20);
        var senders = new List<Socket>();
        try
        {
            for (var i = 0; i < 3; i++)
            {
                senders.Add(await SendAsync());
            }

            await Eventually.TrueAsync(() => agent.Agent.Load.BytesInFlight > 600_000);
            using var fourth = await SendAsync();
            var answer = new byte[4096];
            var length = await fourth.ReceiveAsync(answer).WithinAsync();
            Assert.StartsWith("HTTP/1.1 503 ", System.Text.Encoding.ASCII.GetString(answer, 0, length), StringComparison.Ordinal);
            await agent.PutAsync("kv/small", "x");
        }
        finally
        {
            senders.ForEach(static sender => sender.Dispose());
        }

        await Eventually.TrueAsync(() => agent.Agent.Load.BytesInFlight == 0);
        await agent.PutAsync("kv/large", new string('x', 400_000));

        async Task<Socket> SendAsync()
        {
            var socket = new Socket(SocketType.Stream, ProtocolType.Tcp);
            await socket.ConnectAsync(IPAddress.Loopback, agent.Agent.HttpAddress.Port).WithinAsync();
            await socket.SendAsync("PUT /v1/kv/slow HTTP/1.1\r\nHost: a\r\nContent-Length: 400000\r\n\r\n"u8.ToArray());
            await socket.SendAsync(new byte[300_000]).WithinAsync();
            return socket;
        }
    }

    [Fact]
    public async Task ConnectionsBeyondTheLimit_AreClosed_AndCounted()
    {
        await using var agent = await AgentFixture.StartAsync(configure: static options =>
        {
            options.Limits.MaxConnections = 2;
            options.PrometheusRetention = TimeSpan.FromHours(1);
        });
        _ = await agent.GetAsync("status/leader");
        using var second = new TcpClient();
        await second.ConnectAsync(IPAddress.Loopback, agent.Agent.HttpAddress.Port).WithinAsync();
        await Eventually.TrueAsync(() => agent.Agent.Load.Connections == 2);
        using var third = new HttpClient(new SocketsHttpHandler { UseProxy = false });
        await Assert.ThrowsAsync<HttpRequestException>(() => third.GetAsync(new Uri(agent.Agent.HttpAddress, "/v1/status/leader")).WithinAsync());

        var prometheus = (await agent.GetAsync("agent/metrics?format=prometheus")).Body.Split('\n');
        Assert.Contains("# TYPE rollcall_agent_refused counter", prometheus);
        Assert.Contains("rollcall_agent_refused{reason=\"connections\"} 1", prometheus);
        Assert.Contains("rollcall_agent_connections 2", prometheus);
        var json = (await agent.GetAsync("agent/metrics")).Json!;
        var counter = Assert.Single(json["Counters"]!.AsArray())!;
        Assert.Equal(("rollcall.agent.refused", 1, "connections"), ((string)counter["Name"]!, (int)counter["Count"]!, (string)counter["Labels"]!["reason"]!));
        Assert.Equal(2, (double)json["Gauges"]!.AsArray().Single(static gauge => (string)gauge!["Name"]! == "rollcall.agent.connections")!["Value"]!);

        second.Close();
        await Eventually.TrueAsync(() => agent.Agent.Load.Connections == 1);
    }

    [Fact]
    public async Task Precedences_AreOfRoutesThatThereAre()
    {
        await using var agent = await AgentFixture.StartAsync();
        var routes = agent.Agent.Routes.Select(static route => $"{route.Method} {route.Path}").ToHashSet(StringComparer.Ordinal);
        Assert.Subset(routes, PrecedenceTable.Routes.ToHashSet(StringComparer.Ordinal));
        Assert.All(routes.Where(static route => route.Contains("/deregister", StringComparison.Ordinal)), static route => Assert.Equal(Precedence.Vital, Of(route)));

        static Precedence Of(string route) => PrecedenceTable.Of(route.Split(' ')[0], route.Split(' ')[1]);
    }

    internal static void AssertRefused(HttpStatusCode status, AgentFixture.Answer answer)
    {
        Assert.Equal(status, answer.Status);
        Assert.InRange(int.Parse(answer.Headers["Retry-After"], System.Globalization.CultureInfo.InvariantCulture), 1, 5);
        Assert.Contains("(limits.", answer.Body, StringComparison.Ordinal);
    }

    private static IEnumerable<LogEntry> Warnings(AgentFixture agent) =>
        agent.Log.Entries.Where(static entry => entry.Level == LogLevel.Warning && entry.Category.Contains("Overload", StringComparison.Ordinal));

    internal static HttpClient ClientFrom(string address, AgentFixture agent) => new(new SocketsHttpHandler
    {
        UseProxy = false,
        ConnectCallback = async (context, cancellationToken) =>
        {
            var socket = new Socket(SocketType.Stream, ProtocolType.Tcp);
            socket.Bind(new IPEndPoint(IPAddress.Parse(address), 0));
            await socket.ConnectAsync(IPAddress.Loopback, context.DnsEndPoint.Port, cancellationToken);
            return new NetworkStream(socket, ownsSocket: true);
        },
    })
    {
        BaseAddress = new Uri(agent.Agent.HttpAddress, "/v1/"),
    };
}
