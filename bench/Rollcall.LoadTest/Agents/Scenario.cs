using System.Text;

namespace Rollcall.LoadTest.Agents;

/// <summary>One kind of work for an agent.</summary>
/// <param name="Name">Key in the result.</param>
/// <param name="Prepare">Run once on each agent before the turns.</param>
/// <param name="Operation">The measured operation, by worker and counter.</param>
internal sealed record Scenario(string Name, Func<AgentUnderLoad, Task> Prepare, Func<AgentUnderLoad, int, long, Task> Operation)
{
    private static readonly byte[] s_value = new byte[256];

    public static IReadOnlyList<Scenario> All { get; } =
    [
        new("register", _ => Task.CompletedTask, async (agent, worker, _) =>
        {
            var id = $"bench-register-{worker}";
            await agent.SendAsync(HttpMethod.Put, "agent/service/register", Instance("bench-register", id, 20000 + worker));
            await agent.SendAsync(HttpMethod.Put, $"agent/service/deregister/{id}");
        }),
        new("health10", PrepareHealthAsync, (agent, _, _) => agent.SendAsync(HttpMethod.Get, "health/service/bench-health?passing=1")),
        new("kvPut", _ => Task.CompletedTask, (agent, worker, count) =>
            agent.SendAsync(HttpMethod.Put, $"kv/bench/{worker}/{count % 100}", s_value)),
        new("kvGet", agent => agent.SendAsync(HttpMethod.Put, "kv/bench/read", s_value), (agent, _, _) =>
            agent.SendAsync(HttpMethod.Get, "kv/bench/read")),
    ];

    private static async Task PrepareHealthAsync(AgentUnderLoad agent)
    {
        for (var i = 0; i < 10; i++)
        {
            await agent.SendAsync(HttpMethod.Put, "agent/service/register", Instance("bench-health", $"bench-health-{i}", 21000 + i));
        }
    }

    private static byte[] Instance(string name, string id, int port) => Encoding.UTF8.GetBytes(
        $$"""{ "ID": "{{id}}", "Name": "{{name}}", "Address": "127.0.0.1", "Port": {{port}}, "Tags": ["v1"], "Check": { "TTL": "60s", "Status": "passing" } }""");
}
