using System.Collections.Concurrent;
using System.Text.Json.Nodes;
using Rollcall.Consul;
using Rollcall.Consul.Wire;
using Rollcall.Discovery.Balancing;
using Rollcall.TestKit;

namespace Rollcall.Discovery.Consul.Tests;

/// <summary>What callers see while an agent lives, dies and comes back empty; the same for every kind of agent.</summary>
internal static class AgentScenarios
{
    private static readonly ServiceQuery s_orders = new("orders");

    public static async Task InstancesComeAndGoAsync(Uri address, ConsulEndpointSourceOptions? options = null)
    {
        using var client = Client(address);
        await using var directory = new EndpointDirectory(new ConsulEndpointSource(client, options));
        await using var watch = directory.Watch(s_orders);
        var first = await watch.FirstAsync().AsTask().WithinAsync();
        Assert.Empty(first.Endpoints);
        Assert.Contains("none is registered", first.Note, StringComparison.Ordinal);

        await RegisterAsync(client, 1);
        await RegisterAsync(client, 2);
        await Eventually.TrueAsync(() => watch.Current!.Endpoints.Length == 2);
        await client.Agent.DeregisterAsync("orders-1");
        await Eventually.TrueAsync(() => watch.Current!.Endpoints.Length == 1);
        await client.Agent.DeregisterAsync("orders-2");
        await Eventually.TrueAsync(() => watch.Current!.Endpoints.IsEmpty);

        Assert.Equal(SnapshotFreshness.Fresh, watch.Current!.Freshness);
    }

    public static async Task WarningInstancesAsync(Uri address)
    {
        using var client = Client(address);
        await using var directory = new EndpointDirectory(new ConsulEndpointSource(client));
        await using var strict = directory.Watch(s_orders);
        await using var lenient = directory.Watch(ServiceTarget.Parse("orders?warning=true").Query);
        await RegisterAsync(client, 1);
        await client.Agent.RegisterAsync(new ServiceRegistration
        {
            Id = "orders-2",
            Name = "orders",
            Address = "127.0.0.1",
            Port = 1002,
            Weights = new ServiceWeights { Passing = 10, Warning = 3 },
            Check = new CheckDefinition { Ttl = "10m", Status = CheckStatus.Passing },
        });
        await Eventually.TrueAsync(() => Weights(strict).SequenceEqual([1, 10]) && Weights(lenient).SequenceEqual([1, 10]));

        await client.Agent.WarnAsync("service:orders-2");
        await Eventually.TrueAsync(() => Weights(strict).SequenceEqual([1]) && Weights(lenient).SequenceEqual([1, 3]));
        await client.Agent.FailAsync("service:orders-2");
        await Eventually.TrueAsync(() => Weights(lenient).SequenceEqual([1]));
        await client.Agent.WarnAsync("service:orders-2");
        await Eventually.TrueAsync(() => Weights(lenient).SequenceEqual([1, 3]));

        static IEnumerable<int> Weights(EndpointWatch watch) => watch.Current?.Endpoints.Select(static endpoint => endpoint.Weight) ?? [];
    }

    /// <summary>Rights are given and taken: no index moves with them.</summary>
    public static async Task RightsChangeAsync(Uri address, string master)
    {
        const string Secret = "cccccccc-0000-0000-0000-000000000001";
        const string Read = """service_prefix "" { policy = "read" } node_prefix "" { policy = "read" }""";
        using var operators = new ConsulClient(new ConsulClientOptions { Address = address, Token = master });
        await RegisterAsync(operators, 1);
        await RegisterAsync(operators, 2);
        var policy = (string)(await operators.Raw.WriteAsync(HttpMethod.Put, ["acl", "policy"], new JsonObject { ["Name"] = "callers" }))!["ID"]!;
        await operators.Raw.WriteAsync(
            HttpMethod.Put, ["acl", "token"], new JsonObject { ["SecretID"] = Secret, ["Policies"] = new JsonArray(new JsonObject { ["ID"] = policy }) });
        using var client = new ConsulClient(new ConsulClientOptions { Address = address, Token = Secret, WaitTime = TimeSpan.FromMilliseconds(300) });
        await using var directory = new EndpointDirectory(new ConsulEndpointSource(client));
        await using var watch = directory.Watch(s_orders);
        Assert.Empty((await watch.FirstAsync().AsTask().WithinAsync()).Endpoints);

        await GiveAsync(Read);
        await Eventually.TrueAsync(() => watch.Current!.Endpoints.Length == 2);
        await GiveAsync("");
        await Eventually.TrueAsync(() => watch.Current!.Endpoints.IsEmpty);

        Assert.Contains("the token may not be allowed to see it", watch.Current!.Note, StringComparison.Ordinal);

        Task GiveAsync(string rules) => operators.Raw.WriteAsync(
            HttpMethod.Put, ["acl", "policy", policy], new JsonObject { ["ID"] = policy, ["Name"] = "callers", ["Rules"] = rules });
    }

    public static async Task PreparedQueryAsync(Uri address)
    {
        using var client = Client(address);
        using var http = new HttpClient { BaseAddress = address };
        await using var directory = new EndpointDirectory(
            new PreparedQueryEndpointSource(client, new PreparedQuerySourceOptions { Interval = TimeSpan.FromMilliseconds(100) }));
        await using var watch = directory.Watch(new ServiceQuery("nearest-orders"));
        Assert.Contains("no prepared query nearest-orders", (await watch.FirstAsync().AsTask().WithinAsync()).Note, StringComparison.Ordinal);

        using var body = new StringContent("""{"Name":"nearest-","Template":{"Type":"name_prefix_match"},"Service":{"Service":"${name.suffix}"}}""");
        using var created = await http.PostAsync(new Uri("v1/query", UriKind.Relative), body);
        Assert.True(created.IsSuccessStatusCode);
        await Eventually.TrueAsync(() => watch.Current!.Note?.Contains("no instance of orders", StringComparison.Ordinal) == true);

        await RegisterAsync(client, 1);
        await RegisterAsync(client, 2);
        await Eventually.TrueAsync(() => watch.Current!.Endpoints.Length == 2);
        Assert.All(watch.Current!.Endpoints, endpoint => Assert.Equal(("orders", "dc1"), (endpoint.ServiceName, endpoint.Datacenter)));

        await client.Agent.DeregisterAsync("orders-1");
        await Eventually.TrueAsync(() => watch.Current!.Endpoints is [{ Id: "orders-2" }]);

        // Nothing else of it changes.
        await client.Agent.RegisterAsync(new ServiceRegistration
        {
            Id = "orders-2",
            Name = "orders",
            Address = "127.0.0.1",
            Port = 1002,
            TaggedAddresses = new Dictionary<string, ServiceAddress> { ["metrics"] = new() { Address = "127.0.0.1", Port = 9100 } },
        });
        await Eventually.TrueAsync(() => watch.Current!.Endpoints is [var changed] && changed.At("metrics")?.Port == 9100);
        Assert.Equal(SnapshotFreshness.Fresh, watch.Current!.Freshness);
    }

    public static async Task PreparedQueryOutageAsync(Uri address, Func<Task> stop)
    {
        using var client = Client(address);
        using var http = new HttpClient { BaseAddress = address };
        await RegisterAsync(client, 1);
        using var body = new StringContent("""{"Name":"orders","Service":{"Service":"orders"}}""");
        using var created = await http.PostAsync(new Uri("v1/query", UriKind.Relative), body);
        await using var directory = new EndpointDirectory(
            new PreparedQueryEndpointSource(client, new PreparedQuerySourceOptions { Interval = TimeSpan.FromMilliseconds(100) }));
        await using var watch = directory.Watch(s_orders);
        await watch.FirstAsync().AsTask().WithinAsync();
        await Eventually.TrueAsync(() => watch.Current!.Endpoints.Length == 1);

        await stop();

        await Eventually.TrueAsync(() => watch.Current!.Freshness == SnapshotFreshness.Stale);
        Assert.Single(watch.Current!.Endpoints);
    }

    /// <summary>More lists than a real Consul takes connections from one address (200): each is known, and followed.</summary>
    public static async Task ManyServicesAsync(Uri address)
    {
        const int Count = 300;
        using var client = Client(address);
        await Parallel.ForAsync(0, Count, new ParallelOptions { MaxDegreeOfParallelism = 8 }, (number, _) => new ValueTask(RegisterAsync(number, 1)));
        var logs = new LogCollector();
        await using var directory = new EndpointDirectory(new ConsulEndpointSource(client, loggerFactory: logs), loggerFactory: logs);
        EndpointWatch[] watches = [.. Enumerable.Range(0, Count).Select(number => directory.Watch(new ServiceQuery(Name(number))))];
        var patience = TimeSpan.FromMinutes(1);
        var first = await Task.WhenAll(watches.Select(watch => watch.FirstAsync().AsTask().WithinAsync(patience)));
        Assert.All(first, static list => Assert.Single(list.Endpoints));

        await RegisterAsync(0, 2);
        await RegisterAsync(Count - 1, 2);
        await Eventually.TrueAsync(() => watches[0].Current!.Endpoints.Length == 2 && watches[^1].Current!.Endpoints.Length == 2, patience);

        Assert.All(watches, static watch => Assert.Null(watch.Failure));
        Assert.Single(logs.Entries, static e => e.Message.Contains("limits.http_max_conns_per_client", StringComparison.Ordinal));
        foreach (var watch in watches)
        {
            await watch.DisposeAsync();
        }

        static string Name(int number) => $"many-{number}";

        Task RegisterAsync(int number, int instance) => client.Agent.RegisterAsync(
            new ServiceRegistration { Id = $"{Name(number)}-{instance}", Name = Name(number), Address = "127.0.0.1", Port = 1000 + instance });
    }

    public static async Task NamedPortsAndZonesAsync(Uri address)
    {
        using var client = Client(address);
        await client.Agent.RegisterAsync(new ServiceRegistration
        {
            Id = "orders-1",
            Name = "orders",
            Address = "10.0.0.1",
            Port = 1001,
            Meta = new Dictionary<string, string> { ["zone"] = "b", ["port-admin"] = "7" },
            TaggedAddresses = new Dictionary<string, ServiceAddress> { ["metrics"] = new() { Address = "10.0.0.2", Port = 9100 } },
        });
        await client.Catalog.RegisterAsync(new CatalogRegistration
        {
            Node = "outside",
            Address = "192.0.2.1",
            NodeMeta = new Dictionary<string, string> { ["zone"] = "a" },
            Service = new NodeService { Id = "orders-2", Service = "orders", Port = 1002 },
        });
        await using var directory = new EndpointDirectory(new ConsulEndpointSource(client));
        await using var watch = directory.Watch(s_orders);
        await using var metrics = directory.Watch(ServiceTarget.Parse("orders?port=metrics").Query);
        await using var admin = directory.Watch(ServiceTarget.Parse("orders?port=admin").Query);
        await watch.FirstAsync().AsTask().WithinAsync();
        await Eventually.TrueAsync(() => watch.Current!.Endpoints.Length == 2);

        Assert.Equal(["b", "a"], watch.Current!.Endpoints.Select(endpoint => endpoint.Zone));
        Assert.Equal("metrics", Assert.Single(watch.Current.Endpoints[0].Addresses).Key);
        await Eventually.TrueAsync(() => metrics.Current?.Endpoints is [{ Authority: "10.0.0.2:9100", Id: "orders-1" }]);
        await Eventually.TrueAsync(() => admin.Current?.Endpoints is [{ Authority: "10.0.0.1:7" }]);
    }

    public static async Task CheckFailsAsync(Uri address)
    {
        using var client = Client(address);
        await client.Agent.RegisterAsync(new ServiceRegistration
        {
            Id = "orders-1",
            Name = "orders",
            Address = "127.0.0.1",
            Port = 1001,
            Check = new CheckDefinition { Ttl = "10m", Status = CheckStatus.Passing },
        });
        await using var directory = new EndpointDirectory(new ConsulEndpointSource(client));
        await using var watch = directory.Watch(s_orders);
        await watch.FirstAsync().AsTask().WithinAsync();
        await Eventually.TrueAsync(() => watch.Current!.Endpoints.Length == 1);

        await client.Agent.FailAsync("service:orders-1", "disk full");

        await Eventually.TrueAsync(() => watch.Current!.Endpoints.IsEmpty);
        Assert.Equal(SnapshotFreshness.Fresh, watch.Current!.Freshness);
        Assert.Contains("1 registered, 1 not passing (orders-1:", watch.Current.Note, StringComparison.Ordinal);
        Assert.Contains("disk full", watch.Current.Note, StringComparison.Ordinal);
    }

    public static async Task KilledAndRestartedEmptyAsync(Uri address, Func<Task> stop, Func<Task> startEmpty)
    {
        using var client = Client(address);
        await RegisterAsync(client, 1);
        await RegisterAsync(client, 2);
        await using var directory = new EndpointDirectory(new ConsulEndpointSource(client));
        await using var balancer = new ServiceBalancer(directory.Watch(s_orders), BalancingPolicies.Find("round_robin"));
        await balancer.PickAsync(default, waitForReady: true).AsTask().WithinAsync();
        await Eventually.TrueAsync(() => balancer.Snapshot!.Endpoints.Length == 2);

        await using var calls = new SteadyPicks(balancer);
        await stop();
        await Eventually.TrueAsync(() => balancer.Snapshot!.Freshness == SnapshotFreshness.Stale);
        await startEmpty();
        await Eventually.TrueAsync(() => balancer.Snapshot!.Freshness == SnapshotFreshness.Suspect, TimeSpan.FromSeconds(20));
        Assert.Equal(2, balancer.Snapshot!.Endpoints.Length);
        await RegisterAsync(client, 1);
        await RegisterAsync(client, 2);
        await Eventually.TrueAsync(() => balancer.Snapshot!.Freshness == SnapshotFreshness.Fresh);

        Assert.Equal(2, balancer.Snapshot.Endpoints.Length);
        await Eventually.TrueAsync(() => calls.Picked > 100);
        await calls.StopAsync();
        Assert.Equal(0, calls.Failed);
    }

    /// <summary>An older snapshot is restored under a running watch: the list follows it, and what changes after it.</summary>
    public static async Task SnapshotRestoredAsync(Uri address)
    {
        using var client = Client(address);
        await ListAsync(1);
        var snapshot = await client.Snapshot.SaveAsync();
        await ListAsync(2);
        using var counted = new BlockingQueryCounter();
        using var watching = new ConsulClient(new ConsulClientOptions { Address = address }, counted);
        await using var directory = new EndpointDirectory(new ConsulEndpointSource(watching));
        await using var watch = directory.Watch(s_orders);
        await Eventually.TrueAsync(() => watch.Current is { Endpoints.Length: 2 } && counted.Sent == 1);

        await client.Snapshot.RestoreAsync(snapshot.Value);
        await Eventually.TrueAsync(() => watch.Current!.Endpoints is [{ Id: "orders-1" }], TimeSpan.FromSeconds(20));
        await ListAsync(3);
        await Eventually.TrueAsync(() => watch.Current!.Endpoints is [{ Id: "orders-1" }, { Id: "orders-3" }], TimeSpan.FromSeconds(20));
    
        // Of no agent, which would put its own services back.
        Task ListAsync(int number) => client.Catalog.RegisterAsync(new CatalogRegistration
        {
            Node = "outside",
            Address = "192.0.2.1",
            Service = new NodeService { Id = $"orders-{number}", Service = "orders", Port = 1000 + number },
        });
    }

    /// <summary>Two agents know the same instances; the one that is asked is killed, and the other one takes its place.</summary>
    public static async Task OneOfTwoKilledAsync(Uri first, Uri second, Func<Task> stopFirst)
    {
        foreach (var agent in new[] { first, second })
        {
            using var registering = Client(agent);
            await RegisterAsync(registering, 1);
        }

        using var client = new ConsulClient(new ConsulClientOptions { Address = first, FurtherAddresses = [second] });
        await using var directory = new EndpointDirectory(new ConsulEndpointSource(client));
        await using var watch = directory.Watch(s_orders);
        await Eventually.TrueAsync(() => watch.Current is { Endpoints.Length: 1 });
        var freshness = new ConcurrentQueue<SnapshotFreshness>();
        watch.OnChange(snapshot => freshness.Enqueue(snapshot.Freshness));

        await stopFirst();
        using var other = Client(second);
        await RegisterAsync(other, 2);

        // The list is there before subscribers hear of it.
        await Eventually.TrueAsync(() => watch.Current!.Endpoints.Length == 2 && !freshness.IsEmpty);
        Assert.Equal(SnapshotFreshness.Fresh, Assert.Single(freshness));
        Assert.Null(watch.Failure);
    }

    public static async Task DownForLongAsync(Uri address, Func<Task> stop, Func<Task> startEmpty)
    {
        var time = new FakeTimeProvider();
        using var client = Client(address);
        using var watching = new ConsulClient(new ConsulClientOptions { Address = address }, time);
        await RegisterAsync(client, 1);
        await RegisterAsync(client, 2);
        await using var directory = new EndpointDirectory(new ConsulEndpointSource(watching, timeProvider: time), timeProvider: time);
        await using var balancer = new ServiceBalancer(directory.Watch(s_orders), BalancingPolicies.Find("round_robin"));
        await balancer.PickAsync(default, waitForReady: true).AsTask().WithinAsync();
        await MovingAsync(() => balancer.Snapshot!.Endpoints.Length == 2);

        await using var calls = new SteadyPicks(balancer);
        await stop();
        await MovingAsync(() => balancer.Snapshot!.Freshness == SnapshotFreshness.Stale);
        var end = time.GetUtcNow() + TimeSpan.FromMinutes(10);
        while (time.GetUtcNow() < end)
        {
            await time.WaitForTimersAsync(1);
            time.Advance(TimeSpan.FromSeconds(5));
        }
        Assert.Equal(2, balancer.Snapshot!.Endpoints.Length);
        Assert.True(time.GetUtcNow() - balancer.Snapshot.ConfirmedAt >= TimeSpan.FromMinutes(10), "the age of the list is not told");
        await startEmpty();
        await RegisterAsync(client, 1);
        await RegisterAsync(client, 2);
        await MovingAsync(() => balancer.Snapshot!.Freshness == SnapshotFreshness.Fresh);

        Assert.Equal(2, balancer.Snapshot!.Endpoints.Length);
        await calls.StopAsync();
        Assert.Equal(0, calls.Failed);

        Task MovingAsync(Func<bool> condition) => Eventually.TrueAsync(
            () =>
            {
                time.Advance(TimeSpan.FromMilliseconds(50));
                return condition();
            },
            TimeSpan.FromSeconds(20));
    }

    private static ConsulClient Client(Uri address) => new(new ConsulClientOptions { Address = address });

    private static Task RegisterAsync(ConsulClient client, int number) => client.Agent.RegisterAsync(
        new ServiceRegistration { Id = $"orders-{number}", Name = "orders", Address = "127.0.0.1", Port = 1000 + number });
}
