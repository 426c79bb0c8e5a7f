using Rollcall.Agent.Acl;
using Rollcall.Agent;
using Rollcall.Agent.Dns;
using Rollcall.Agent.Store;
using Rollcall.Agent.Store.Commands;
using Rollcall.Consul.Wire;
using Rollcall.Dns;
using Rollcall.Dns.Records;

namespace Rollcall.Fuzz.Targets;

/// <summary>Questions to the agent's DNS server.</summary>
internal sealed class DnsServerTarget : IFuzzTarget
{
    private readonly byte[] _answer = new byte[ushort.MaxValue];
    private readonly DnsScratch _scratch = new(new ForeignHosts()) { Random = new Random(1) };
    private readonly DnsResponder _responder;

    public DnsServerTarget()
    {
        var identity = new AgentIdentity("n1", AgentIdentity.IdOf("dc1", "n1"), "dc1", "127.0.0.1", new AgentPorts(1, 2, 3), new Dictionary<string, string> { ["zone"] = "a" });
        var store = new StateStore();
        Apply(store, new AnnounceAgent(identity.Node, identity.OwnService, identity.OwnCheck));
        for (var i = 0; i < 40; i++)
        {
            Apply(store, new RegisterInCatalog(
                new CatalogNode { Node = $"m{i}", Address = $"10.0.0.{i}", Datacenter = "dc1" },
                SkipNodeUpdate: false,
                new NodeService { Id = "web", Service = "web", Port = i, Tags = i < 20 ? ["v1"] : [], Address = i % 3 == 0 ? $"fd00::{i}" : "" },
                []));
        }

        _responder = new DnsResponder(new DnsCatalog(store, AclGate.Open), identity, new DnsSettings(new DnsServerOptions { EnableTruncate = true }, identity), TimeProvider.System);
    }

    // Without a journal a command is applied when the call returns.
    private static void Apply<T>(StateStore store, Command<T> command) =>
        BrokenInvariantException.Unless(store.ApplyAsync(command).AsTask().IsCompletedSuccessfully, "commands are applied");

    public string Name => "dns-server";

    public IReadOnlyList<string> Tokens =>
        ["\u0003web", "\u0007service", "\u0004node", "\u0004addr", "\u0003dc1", "\u0006consul\0", "\u0004_tcp", "\u0004arpa\0", "\0\u0001\0\u0001", "\0!\0\u0001", "\0\0)\u0004\u00d0\0\0\0\0\0\0"];

    public int Run(byte[] input)
    {
        var kinds = 0;
        foreach (var tcp in new[] { false, true })
        {
            var outcome = _responder.Answer(input, _answer, tcp, _scratch, out var length);
            kinds = (kinds * 8) + (int)outcome;
            if (outcome == DnsOutcome.Ignored)
            {
                BrokenInvariantException.Unless(length == 0, "who is not answered gets nothing");
                continue;
            }

            BrokenInvariantException.Unless(DnsMessage.TryParse(_answer.AsSpan(0, length), out var answer) == DnsFault.None && answer is not null, "an answer can be read");
            BrokenInvariantException.Unless(
                answer.Header.IsResponse && answer.Header.Id == (input[0] << 8 | input[1]), "an answer belongs to its question");
            BrokenInvariantException.Unless(tcp || length <= Math.Max(512, (int)(answer.Edns?.UdpSize ?? 0)), "an answer by UDP is not longer than the client can take");
            kinds += ((int)answer.Header.ResponseCode << 8) + Math.Min(answer.Answers.Count, 4) + (answer.Header.Truncated ? 1 << 16 : 0);
        }

        return kinds;
    }
}
