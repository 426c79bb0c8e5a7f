using Rollcall.Agent.Store.Commands;
using Rollcall.Agent.Store.Local;
using Rollcall.Agent.Store.Watching;
using Rollcall.Consul.Wire;

namespace Rollcall.Agent.Store.Tests;

/// <summary>A store with an announced agent in it, and short words for what tests do to it.</summary>
internal sealed class StoreFixture
{
    public const string NodeName = "n1";

    public StateStore Store { get; } = new();

    public StoreRoot Root => Store.Root;

    public static async Task<StoreFixture> CreateAsync()
    {
        var fixture = new StoreFixture();
        await fixture.Store.ApplyAsync(new AnnounceAgent(
            new CatalogNode { Id = "11111111-2222-3333-4444-555555555555", Node = NodeName, Address = "127.0.0.1", Datacenter = "dc1" },
            new NodeService { Id = "consul", Service = "consul", Port = 8300 },
            new HealthCheck { Node = NodeName, CheckId = "serfHealth", Name = "Serf Health Status", Status = CheckStatus.Passing }));
        return fixture;
    }

    public async Task RegisterAsync(string name, string? id = null, int port = 0, params string[] checkIds)
    {
        id ??= name;
        await Store.ApplyAsync(new RegisterService(
            new NodeService { Id = id, Service = name, Port = port },
            [.. checkIds.Select(check => ServiceCheck(id, check))],
            ReplaceChecks: false));
    }

    public async Task DeregisterAsync(string id) => await Store.ApplyAsync(new DeregisterService(id));

    public async Task SetAsync(string checkId, string status, string output = "") =>
        await Store.ApplyAsync(new UpdateCheck(checkId, status, output));

    public async Task PutAsync(string key, string value = "v") =>
        await Store.ApplyAsync(new KvPut(key, System.Text.Encoding.UTF8.GetBytes(value), 0, null));

    public static LocalCheck ServiceCheck(string serviceId, string checkId) => new(
        new HealthCheck { CheckId = checkId, Name = checkId, Status = CheckStatus.Critical, ServiceId = serviceId, Type = "ttl" },
        new CheckDefinition { Ttl = "10s" });

    public static LocalCheck NodeCheck(string checkId) => ServiceCheck("", checkId);

    /// <summary>Runs an action and says which of the topics it woke.</summary>
    public async Task<Topic[]> WokenByAsync(Func<Task> action, params Topic[] topics)
    {
        var watches = topics.Select(topic => Store.Watches.Subscribe(topic)).ToList();
        await action();
        var woken = topics.Where((_, i) => watches[i].Changed.IsCompleted).ToArray();
        watches.ForEach(watch => watch.Dispose());
        return woken;
    }
}
