using System.Globalization;
using Rollcall.Agent.Store.Commands;
using Rollcall.Agent.Store.Local;
using Rollcall.Agent.Store.Records;
using Rollcall.Agent.Store.Txn;
using Rollcall.Consul.Wire;

namespace Rollcall.Agent.Store.Tests.Durability;

/// <summary>Makes commands of every kind on few names, so that they meet. The same seed gives the same ones.</summary>
internal sealed class CommandGenerator(int seed)
{
    // Parts that some have in common: what is put together of a node and an id must not be mistaken for what is put together of others.
    private static readonly string[] s_nodes = ["n1", "n2", "n1\0s0"];
    private static readonly string[] s_services = ["s0", "s1", "s2", "s0\0s1"];
    private static readonly string[] s_checks = ["c0", "c1", "c2", "s0", "s0\0c1"];

    private static readonly string[] s_statuses = [CheckStatus.Passing, CheckStatus.Warning, CheckStatus.Critical];

#pragma warning disable CA5394 // Not about secrets: the same at every run.
    private readonly Random _random = new(seed);
    private int _sessions;

    public IEnumerable<Func<StateStore, Task>> Begin() =>
    [
        async store => await store.ApplyAsync(new AnnounceAgent(
            new CatalogNode { Id = "11111111-2222-3333-4444-555555555555", Node = "n0", Address = "127.0.0.1", Datacenter = "dc1" },
            new NodeService { Id = "consul", Service = "consul", Port = 8300 },
            new HealthCheck { Node = "n0", CheckId = "serfHealth", Name = "Serf Health Status", Status = CheckStatus.Passing })),
    ];

    public Func<StateStore, Task> Next()
    {
        var (key, session, service, check, node) = (Key(), Session(), Of(s_services), Of(s_checks), Of(s_nodes));
        var meshed = new NodeService { Id = service, Service = "S" + service[^1] };
        meshed = _random.Next(3) switch
        {
            0 => meshed with { Kind = ServiceKind.ConnectProxy, Proxy = new ServiceProxy { DestinationServiceName = $"s{_random.Next(2)}" } },
            1 => meshed with { Connect = new ServiceConnect { Native = true } },
            _ => meshed,
        };
        switch (_random.Next(15))
        {
            case 0:
                return async store => await store.ApplyAsync(new KvPut(key, [(byte)seed], (ulong)_sessions, null));
            case 1:
                return async store => await store.ApplyAsync(new KvDelete(key, null));
            case 2:
                return async store => await store.ApplyAsync(new KvDeleteTree(key));
            case 3:
                _sessions++;
                var made = new Session
                {
                    Id = Id(_sessions),
                    Node = _random.Next(2) == 0 ? "n0" : node,
                    Behavior = _random.Next(2) == 0 ? SessionBehavior.Release : SessionBehavior.Delete,
                    NodeChecks = _random.Next(2) == 0 ? null : [check],
                };
                return async store => await store.ApplyAsync(new CreateSession(made));
            case 4:
                return async store => await store.ApplyAsync(new EndSession(session));
            case 5 or 6:
                return async store => await store.ApplyAsync(new KvLock(key, [1], 0, session));
            case 7:
                return async store => await store.ApplyAsync(new KvUnlock(key, [2], 0, session));
            case 8:
                var definition = new LocalCheck(
                    new HealthCheck { CheckId = check, Name = check, Status = s_statuses[_random.Next(3)], ServiceId = service, Type = "ttl" },
                    new CheckDefinition { Ttl = "10s" });
                var replace = _random.Next(2) == 0;
                var port = _random.Next(2);
                return async store => await store.ApplyAsync(new RegisterService(meshed with { Port = port }, [definition], replace));
            case 9:
                return async store => await store.ApplyAsync(new DeregisterService(service));
            case 10:
                var (status, output) = (s_statuses[_random.Next(3)], _random.Next(2) == 0 ? "" : "said");
                return async store => await store.ApplyAsync(new UpdateCheck(check, status, output));
            case 11:
                // Ids are few, so that nodes are renamed.
                var entry = new CatalogNode { Id = _random.Next(2) == 0 ? "" : Id(_random.Next(4)), Node = node, Address = $"10.0.0.{_random.Next(2)}", Datacenter = "dc1" };
                var own = new HealthCheck { CheckId = check, Name = check, Status = s_statuses[_random.Next(3)], ServiceId = _random.Next(2) == 0 ? "" : service, ServiceName = _random.Next(2) == 0 ? "" : "S1" };
                var renamed = meshed with { Service = meshed.Service + (_random.Next(4) == 0 ? "x" : "") };
                return async store => await store.ApplyAsync(new RegisterInCatalog(entry, false, renamed, [own]));
            case 12:
                var query = new PreparedQuery { Id = Id(_random.Next(6)), Name = "", Service = "s", Session = _random.Next(3) == 0 ? "" : session };
                return _random.Next(3) == 0
                    ? async store => await store.ApplyAsync(new DeleteQuery(query.Id))
                    : async store => await store.ApplyAsync(new SetQuery(query, Create: true));
            case 13:
                var (gateway, kind) = _random.Next(2) == 0 ? ("S0", ServiceKind.TerminatingGateway) : ("s1", ServiceKind.IngressGateway);
                var links = $$"""[{"Name":"{{Of(["*", "s0", "S1x", "s2"])}}"},{"Name":"{{Of(["*", "s1", "nothing"])}}","CAFile":"{{_random.Next(2)}}"}]""";
                var leads = kind == ServiceKind.TerminatingGateway ? $$"""{"Services":{{links}}}""" : $$"""{"Listeners":[{"Port":{{_random.Next(1, 3)}},"Services":{{links}}}]}""";
                return _random.Next(3) == 0
                    ? async store => await store.ApplyAsync(new DeleteConfigEntry(kind, gateway))
                    : async store => await store.ApplyAsync(new SetConfigEntry(new ConfigEntry { Kind = kind, Name = gateway, Fields = leads }, null));
            default:
                TxnOperation[] operations =
                [
                    new KvOperation("set", key, [3], 0, 0, ""),
                    new NodeOperation(_random.Next(2) == 0 ? "delete" : "get", new CatalogNode { Node = node }),
                    new KvOperation("lock", Key(), [4], 0, 0, session),
                ];
                return async store => await store.ApplyAsync(new RunTransaction([.. operations.Take(1 + _random.Next(3))]));
        }
    }

    private string Key() => Of(["a", "a/b", "a/b/c", "d"]);

    private string Of(string[] names) => names[_random.Next(names.Length)];

    private string Session() => Id(1 + _random.Next(_sessions + 1));

    private static string Id(int number) => string.Create(CultureInfo.InvariantCulture, $"00000000-0000-0000-0000-{number:D12}");
#pragma warning restore CA5394
}
