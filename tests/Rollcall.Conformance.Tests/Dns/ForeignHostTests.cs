using System.Net;
using System.Text;
using Rollcall.Agent;
using Rollcall.Dns;
using Rollcall.Dns.Records;
using Rollcall.TestKit;

namespace Rollcall.Conformance.Tests.Dns;

/// <summary>Services and nodes whose address is a host's name outside the zone, on agents that ask other servers.</summary>
public sealed class ForeignHostTests : IDisposable
{
    private const string Edns = "NoError aa rd ra edns 1232\n";
    private const string Plain = "NoError aa rd ra\n";

    /// <summary>Question, with <c>plain</c> without EDNS, and <c>tcp</c> without EDNS by TCP; and answer.</summary>
    private static readonly Dictionary<string, string> s_answers = new(StringComparer.Ordinal)
    {
        ["two.service.consul A"] = Edns + Lines("answer two.service.consul. 5 Cname two.example.org.", Addresses("answer two.example.org.", 5, 2)),
        ["two.service.consul Aaaa"] = Edns + Lines("answer two.service.consul. 5 Cname two.example.org.", Addresses("answer two.example.org.", 5, 2)),
        ["two.service.consul Mx"] = Edns + Lines("answer two.service.consul. 5 Cname two.example.org.", Addresses("answer two.example.org.", 5, 2)),
        ["two.service.consul Srv"] = Edns + Lines(
            "answer two.service.consul. 5 Srv 1 1 2 two.example.org.",
            "additional node1.node.dc1.consul. 5 Txt consul-network-segment=",
            Addresses("additional two.example.org.", 5, 2)),
        ["chain.service.consul A"] = Edns + Lines(
            "answer chain.example.org. 5 Cname end.example.org.",
            "answer chain.service.consul. 5 Cname chain.example.org.",
            "answer end.example.org. 5 A 192.0.2.1",
            "answer end.example.org. 5 Aaaa fd00::1"),
        ["many.service.consul A"] = Edns + Lines("answer many.service.consul. 5 Cname many.example.org.", Addresses("answer many.example.org.", 5, 8)),
        ["many.service.consul A plain"] = Plain + Lines("answer many.service.consul. 5 Cname many.example.org.", Addresses("answer many.example.org.", 5, 2)),
        ["many.service.consul A tcp"] = Plain + Lines("answer many.service.consul. 5 Cname many.example.org.", Addresses("answer many.example.org.", 5, 5)),
        ["many.service.consul Srv plain"] = Plain + Lines(
            "answer many.service.consul. 5 Srv 1 1 2 many.example.org.",
            Addresses("additional many.example.org.", 5, 5),
            "additional node1.node.dc1.consul. 5 Txt consul-network-segment="),
        ["fails.service.consul A"] = Edns + "answer fails.service.consul. 5 Cname fails.example.org.",
        ["failsbut.service.consul A"] = Edns + Lines("answer failsbut.service.consul. 5 Cname failsbut.example.org.", Addresses("answer failsbut.example.org.", 5, 1)),
        ["no.service.consul A"] = Edns + "answer no.service.consul. 5 Cname no.example.org.",
        ["cut.service.consul A"] = Edns + Lines("answer cut.service.consul. 5 Cname cut.example.org.", Addresses("answer cut.example.org.", 5, 1)),
        ["silent.service.consul A"] = Edns + "answer silent.service.consul. 5 Cname silent.example.org.",
        ["apex.service.consul A"] = Edns + Lines("answer apex.service.consul. 5 Cname consul.", Addresses("answer consul.", 5, 1)),
        ["alias.service.consul A"] = Edns + Lines(
            "answer alias.service.consul. 5 Cname two.service.consul.", Addresses("answer two.example.org.", 5, 2), "answer two.service.consul. 5 Cname two.example.org."),
        ["aliasmany.service.consul A tcp"] = Plain + Lines(
            "answer aliasmany.service.consul. 5 Cname many.service.consul.", Addresses("answer many.example.org.", 5, 2), "answer many.service.consul. 5 Cname many.example.org."),
        ["alias3.service.consul A"] = Edns + Lines(
            "answer alias.service.consul. 5 Cname two.service.consul.",
            "answer alias2.service.consul. 5 Cname alias.service.consul.",
            "answer alias3.service.consul. 5 Cname alias2.service.consul.",
            "answer two.service.consul. 5 Cname two.example.org."),
        ["aliasnode.service.consul A"] = Edns + Lines(
            "answer aliasnode.service.consul. 5 Cname nchain.node.consul.",
            "answer chain.example.org. 5 Cname end.example.org.",
            "answer end.example.org. 5 A 192.0.2.1",
            "answer end.example.org. 5 Aaaa fd00::1",
            "answer nchain.node.consul. 5 Cname chain.example.org."),
        ["mixed.service.consul A"] = Edns + "answer mixed.service.consul. 5 A 10.0.0.9",
        ["mixed.service.consul Aaaa"] = Edns + Lines("answer mixed.service.consul. 5 Cname two.example.org.", Addresses("answer two.example.org.", 5, 2)),
        ["mixed.service.consul Srv"] = Edns + Lines(
            "answer mixed.service.consul. 5 Srv 1 1 2 0a000009.addr.dc1.consul.",
            "answer mixed.service.consul. 5 Srv 1 1 2 two.example.org.",
            "additional 0a000009.addr.dc1.consul. 5 A 10.0.0.9",
            "additional node1.node.dc1.consul. 5 Txt consul-network-segment=",
            "additional node1.node.dc1.consul. 5 Txt consul-network-segment=",
            Addresses("additional two.example.org.", 5, 2)),
        ["found.query.consul A"] = Edns + Lines("answer found.query.consul. 7 Cname two.example.org.", Addresses("answer two.example.org.", 7, 2)),
        ["nchain.node.consul A"] = Edns + Lines(
            "answer chain.example.org. 50 Cname end.example.org.",
            "answer end.example.org. 77 A 192.0.2.1",
            "answer end.example.org. 8 Aaaa fd00::1",
            "answer end.example.org. 9 Txt a=b",
            "answer nchain.node.consul. 6 Cname chain.example.org.",
            "additional nchain.node.consul. 6 Txt k=v"),
        ["nmany.node.consul A plain"] = Plain + Lines(
            Addresses("answer many.example.org.", 77, 8), "answer nmany.node.consul. 6 Cname many.example.org.", "additional nmany.node.consul. 6 Txt k=v"),
        ["nmany.node.consul Txt"] = Edns + "answer nmany.node.consul. 6 Txt k=v",
        ["nmany.node.consul Cname"] = Edns,
        ["onchain.service.consul Srv"] = Edns + Lines(
            "answer onchain.service.consul. 5 Srv 1 1 9 chain.example.org.",
            "additional chain.example.org. 5 Cname end.example.org.",
            "additional end.example.org. 5 A 192.0.2.1",
            "additional end.example.org. 5 Aaaa fd00::1",
            "additional nchain.node.dc1.consul. 5 Txt k=v"),
    };

    private readonly HostServer _first = new(new(StringComparer.Ordinal)
    {
        ["two.example.org."] = (DnsResponseCode.NoError, Many("two.example.org.", 2)),
        ["many.example.org."] = (DnsResponseCode.NoError, Many("many.example.org.", 8)),
        ["chain.example.org."] = (DnsResponseCode.NoError,
        [
            new NameRecord("chain.example.org.", DnsType.Cname, 50, "end.example.org."),
            .. Many("end.example.org.", 1),
            new TextRecord("end.example.org.", 9, Encoding.UTF8.GetBytes("a=b")),
            new AddressRecord("end.example.org.", 8, IPAddress.Parse("fd00::1")),
        ]),
        ["fails.example.org."] = (DnsResponseCode.ServerFailure, []),
        ["failsbut.example.org."] = (DnsResponseCode.ServerFailure, Many("failsbut.example.org.", 1)),
        ["cut.example.org."] = (DnsResponseCode.NoError, Many("cut.example.org.", 1)),
        ["consul."] = (DnsResponseCode.NoError, Many("consul.", 1)),
    });

    private readonly HostServer _second = new(new(StringComparer.Ordinal) { ["fails.example.org."] = (DnsResponseCode.NoError, Many("fails.example.org.", 1)) });

    [Theory]
    [OnEmbedded]
    [OnConsul]
    public async Task HostElsewhere_IsTold_WithWhatOtherServersSay(AgentKind kind)
    {
        await using var agent = await StartAsync(kind);
        foreach (var (question, expected) in s_answers)
        {
            var parts = question.Split(' ');
            var how = parts.ElementAtOrDefault(2);

            var answer = await DnsProbe.AskAsync(agent.Dns, parts[0], Enum.Parse<DnsType>(parts[1]), how is null ? (ushort)1232 : null, how == "tcp");

            Assert.Equal($"{question}\n{expected.TrimEnd('\n')}", $"{question}\n{DnsText.Of(answer).TrimEnd('\n')}");
        }

        // One answer counts, whatever it says; only silence is passed over.
        Assert.All(_first.Asked, static asked => Assert.EndsWith(" A", asked, StringComparison.Ordinal));
        Assert.Equal(["silent.example.org. A"], _second.Asked);
    }

    public void Dispose()
    {
        _first.Dispose();
        _second.Dispose();
    }

    private async Task<TestedAgent> StartAsync(AgentKind kind)
    {
        TestedAgent agent;
        if (kind == AgentKind.Embedded)
        {
            var options = new ConsulAgentOptions();
            options.Dns.Recursors.Add(_first.Address);
            options.Dns.Recursors.Add(_second.Address);
            options.Dns.RecursorTimeout = TimeSpan.FromSeconds(1);
            options.Dns.ServiceTtl["*"] = TimeSpan.FromSeconds(5);
            options.Dns.NodeTtl = TimeSpan.FromSeconds(6);
            agent = await TestedAgent.StartEmbeddedAsync(options);
        }
        else
        {
            agent = await TestedAgent.StartConsulAsync(new RealConsulOptions
            {
                ExtraArguments =
                {
                    $"-recursor={_first.Address}", $"-recursor={_second.Address}",
                    "-hcl", """dns_config { recursor_timeout = "1s", service_ttl { "*" = "5s" }, node_ttl = "6s" }""",
                },
            });
        }

        foreach (var (name, address) in ((string, string)[])[
            ("two", "two.example.org"), ("many", "many.example.org"), ("chain", "chain.example.org"), ("fails", "fails.example.org"), ("failsbut", "failsbut.example.org"),
            ("no", "no.example.org"), ("cut", "cut.example.org"), ("silent", "silent.example.org"), ("apex", "consul"), ("alias", "two.service.consul"),
            ("alias2", "alias.service.consul"), ("alias3", "alias2.service.consul"), ("aliasmany", "many.service.consul"), ("aliasnode", "nchain.node.consul"),
            ("mixed", "two.example.org")])
        {
            await agent.RegisterAsync(name, name, $""" "Address":"{address}","Port":2 """);
        }

        await agent.RegisterAsync("mixed", "mixed2", """ "Address":"10.0.0.9","Port":2 """);
        foreach (var name in (string[])["chain", "many"])
        {
            await agent.PutAsync(
                "/v1/catalog/register",
                $$"""{"Node":"n{{name}}","Address":"{{name}}.example.org","NodeMeta":{"k":"v"},"Service":{"Service":"on{{name}}","Port":9} }""");
        }

        Assert.Equal(200, (await agent.SendAsync("POST", "/v1/query", """{"Name":"found","Service":{"Service":"two"},"DNS":{"TTL":"7s"}}""")).Status);
        return agent;
    }

    private static DnsRecord[] Many(string name, int count) =>
        [.. Enumerable.Range(1, count).Select(number => new AddressRecord(name, 77, new IPAddress([192, 0, 2, (byte)number])))];

    private static string Addresses(string of, int ttl, int count) => Lines([.. Enumerable.Range(1, count).Select(number => $"{of} {ttl} A 192.0.2.{number}")]);

    /// <summary>Sorted as <see cref="DnsText"/> has them.</summary>
    private static string Lines(params string[] lines) => string.Join('\n', lines
        .SelectMany(static line => line.Split('\n'))
        .OrderBy(static line => line.StartsWith("additional", StringComparison.Ordinal))
        .ThenBy(static line => line, StringComparer.Ordinal));
}
