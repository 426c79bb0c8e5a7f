using System.Buffers.Binary;
using System.Collections.Concurrent;
using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;

namespace Rollcall.LoadTest.Agents;

/// <summary>One kind of work for an agent.</summary>
/// <param name="Name">Key in the result.</param>
/// <param name="OnDisk">Between the agents that keep their state on disk; else between those in memory.</param>
/// <param name="Workers">How many do it at once.</param>
/// <param name="Prepare">Run once on each agent before the turns.</param>
/// <param name="Operation">The measured operation, by worker and counter.</param>
internal sealed record Scenario(
    string Name, bool OnDisk, int Workers, Func<AgentUnderLoad, AgentPlan, Task> Prepare, Func<AgentUnderLoad, int, long, Task> Operation)
{
    private static readonly byte[] s_value = new byte[256];
    private static readonly ConcurrentDictionary<(AgentUnderLoad Agent, int Worker), DnsLoadClient> s_dns = new();
    private static readonly ConcurrentDictionary<(AgentUnderLoad Agent, int Worker), string> s_sessions = new();

    private static long s_puts;

    /// <summary>Reads are compared with a Consul that keeps its state: with <c>-dev</c> it writes indented JSON, which is dearer.</summary>
    public static IReadOnlyList<Scenario> All { get; } =
    [
        new("kvPut", OnDisk: false, 16, Nothing, PutAsync),
        new("register", OnDisk: false, 16, Nothing, RegisterAsync),
        new("ttlPass", OnDisk: false, 16, (agent, _) => InstancesAsync(agent, "bench-ttl", 16), (agent, worker, _) =>
            agent.SendAsync(HttpMethod.Put, $"agent/check/pass/service:bench-ttl-{worker}")),
        new("sessionLock", OnDisk: false, 16, Nothing, LockAsync),
        new("kvPut64OnDisk", OnDisk: true, 64, Nothing, PutAsync),
        new("registerOnDisk", OnDisk: true, 16, Nothing, RegisterAsync),
        new("kvGet", OnDisk: true, 16, (agent, _) => agent.SendAsync(HttpMethod.Put, "kv/bench/read", s_value), (agent, _, _) =>
            agent.SendAsync(HttpMethod.Get, "kv/bench/read")),
        new("health10", OnDisk: true, 16, (agent, _) => InstancesAsync(agent, "bench-health", 10), (agent, _, _) =>
            agent.SendAsync(HttpMethod.Get, "health/service/bench-health?passing=1")),
        new("health1000", OnDisk: true, 16, (agent, plan) => InstancesAsync(agent, "bench-many", plan.Scaled(1000)), (agent, _, _) =>
            agent.SendAsync(HttpMethod.Get, "health/service/bench-many?passing=1")),
        new("catalogServices", OnDisk: true, 16, ServicesAsync, (agent, _, _) => agent.SendAsync(HttpMethod.Get, "catalog/services")),
        new("dnsA", OnDisk: true, 16, (agent, _) => InstancesAsync(agent, "bench-dns", 3), (agent, worker, _) =>
            DnsAsync(agent, worker, DnsLoadClient.A)),
        new("dnsSrv", OnDisk: true, 16, (agent, _) => InstancesAsync(agent, "bench-dns", 3), (agent, worker, _) =>
            DnsAsync(agent, worker, DnsLoadClient.Srv)),
    ];

    /// <summary>Registers instances of one service.</summary>
    public static async Task InstancesAsync(AgentUnderLoad agent, string name, int count)
    {
        for (var i = 0; i < count; i++)
        {
            await agent.SendAsync(HttpMethod.Put, "agent/service/register", Instance(name, $"{name}-{i}", 20000 + i));
        }
    }

    public static byte[] Instance(string name, string id, int port) => Encoding.UTF8.GetBytes(
        $$"""{ "ID": "{{id}}", "Name": "{{name}}", "Address": "127.0.0.1", "Port": {{port}}, "Tags": ["v1"], "Check": { "TTL": "600s", "Status": "passing" } }""");

    /// <summary>Registers an instance and takes it back.</summary>
    public static async Task RegisterAsync(AgentUnderLoad agent, int worker, long count)
    {
        var id = $"bench-register-{worker}";
        await agent.SendAsync(HttpMethod.Put, "agent/service/register", Instance("bench-register", id, 20000 + worker));
        await agent.SendAsync(HttpMethod.Put, $"agent/service/deregister/{id}");
    }

    /// <summary>Puts a value that its key did not have before: the same one again would change nothing, and neither agent would keep it.</summary>
    public static Task PutAsync(AgentUnderLoad agent, int worker, long count)
    {
        var value = new byte[s_value.Length];
        BinaryPrimitives.WriteInt64LittleEndian(value, Interlocked.Increment(ref s_puts));
        return agent.SendAsync(HttpMethod.Put, string.Create(CultureInfo.InvariantCulture, $"kv/bench/{worker}/{count % 100}"), value);
    }

    private static Task Nothing(AgentUnderLoad agent, AgentPlan plan) => Task.CompletedTask;

    private static async Task ServicesAsync(AgentUnderLoad agent, AgentPlan plan)
    {
        for (var i = 0; i < 50; i++)
        {
            await InstancesAsync(agent, string.Create(CultureInfo.InvariantCulture, $"bench-service-{i}"), 1);
        }
    }

    // A session, a lock taken with it and given back; the session is renewed, not made anew, as a client that holds locks for long does.
    private static async Task LockAsync(AgentUnderLoad agent, int worker, long count)
    {
        if (!s_sessions.TryGetValue((agent, worker), out var session) || count % 10 == 0)
        {
            if (session is not null)
            {
                await agent.SendAsync(HttpMethod.Put, $"session/destroy/{session}");
            }

            var made = await agent.SendAsync(HttpMethod.Put, "session/create", """{"TTL":"60s","LockDelay":"0s"}"""u8.ToArray());
            s_sessions[(agent, worker)] = session = JsonNode.Parse(made)!["ID"]!.GetValue<string>();
        }

        await agent.SendAsync(HttpMethod.Put, $"kv/bench/lock/{worker}?acquire={session}", s_value);
        await agent.SendAsync(HttpMethod.Put, $"kv/bench/lock/{worker}?release={session}", s_value);
    }

    private static Task DnsAsync(AgentUnderLoad agent, int worker, ushort type) =>
        s_dns.GetOrAdd((agent, worker), static key => new DnsLoadClient(key.Agent.Dns)).AskAsync("bench-dns.service.consul", type);
}
