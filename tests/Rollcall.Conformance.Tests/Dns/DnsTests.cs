using Rollcall.Consul.Wire;
using Rollcall.Dns;
using Rollcall.Dns.Records;
using Rollcall.TestKit;

namespace Rollcall.Conformance.Tests.Dns;

/// <summary>Both agents are asked the same about the same services; what they have to say stands in <see cref="DnsTable"/>.</summary>
public class DnsTests(Agents agents) : IClassFixture<Agents>
{
    /// <summary>Services whose address is a host's name.</summary>
    private static readonly (string Service, string Address)[] s_hosts =
    [
        ("alias", "plain.service.consul"), ("alias2", "alias.service.consul"), ("alias3", "alias2.service.consul"), ("alias4", "alias3.service.consul"),
        ("aliassix", "six.service.consul"), ("aliasnode", "node1.node.DC1.consul"), ("aliasaddr", "0a000001.addr.consul"), ("aliasquery", "webs.query.consul"),
        ("aliasupper", "PLAIN.Service.Consul"), ("dead", "nope.service.consul"), ("apex", "consul"), ("mixed", "plain.service.consul"),
        ("self", "self.service.consul"), ("toself", "self.service.consul"), ("tobig", "big.service.consul"), ("tobig2", "tobig.service.consul"),
    ];

    /// <summary>Services with addresses for either family.</summary>
    private static readonly (string Id, string Address, string Tagged)[] s_lan =
    [
        ("dual", "10.0.5.1", """ "lan_ipv6":{"Address":"fd00::51","Port":81} """),
        ("dualhost", "host.example", """ "lan_ipv4":{"Address":"10.0.5.2"},"lan_ipv6":{"Address":"fd00::52"} """),
        ("dualbare", "", """ "lan_ipv4":{"Address":"10.0.5.3"},"lan_ipv6":{"Address":"fd00::53"} """),
        ("dualother", "fd00::54", """ "lan_ipv4":{"Address":"10.0.5.4","Port":81} """),
        ("dualfour", "10.0.5.5", """ "lan_ipv4":{"Address":"10.0.5.6"},"lan":{"Address":"10.0.5.7"},"wan_ipv6":{"Address":"fd00::57"} """),
        ("dualself", "dualself.service.consul", """ "lan_ipv6":{"Address":"fd00::58"} """),
        ("duals1", "10.0.5.9", """ "lan_ipv6":{"Address":"fd00::59"} """),
        ("duals2", "10.0.5.9", """ "lan_ipv6":{"Address":"fd00::5a"} """),
        ("dualto", "dualn.node.consul", ""),
    ];

    /// <summary>Service, kind, size or transport; how many aliases and addresses.</summary>
    public static IEnumerable<string> HostLimits =>
    [
        "tobig A 1232 1+3", "tobig A 0 1+2", "tobig A tcp 1+3", "tobig Srv 0 0+3", "tobig Srv 1232 0+3", "tobig2 A 1232 2+2", "tobig2 A 0 2+1",
        "tobig2 A tcp 2+2", "tobig2 Srv 0 1+2",
    ];

    public static IEnumerable<string> Questions => DnsTable.Answers.Keys;

    public static IEnumerable<string> Sizes =>
        ["big A 512", "big A 600", "big A 1232", "big Srv 512", "big Srv 600", "big Srv 1232", "big Srv 2000", "big Srv 4096", "big A 0", "big Srv 0", "big A tcp", "big Srv tcp"];

    [Theory]
    [OnEmbedded(nameof(Questions))]
    [OnConsul(nameof(Questions))]
    public async Task Question_GetsTheAnswerOfTheTable(AgentKind kind, string row)
    {
        var agent = await ReadyAsync(kind);
        var question = row.Split(' ');

        var answer = await DnsProbe.AskAsync(agent.Dns, question[0], Enum.Parse<DnsType>(question[1]));

        Assert.Equal(DnsTable.Answers[row].TrimEnd('\n'), DnsText.Of(answer).TrimEnd('\n'));
        Assert.Equal(0x1234, answer.Header.Id);
        Assert.Equal(question[0].TrimEnd('.') + ".", Assert.Single(answer.Questions).Name);
    }

    [Theory]
    [OnEmbedded(nameof(Sizes))]
    [OnConsul(nameof(Sizes))]
    public async Task ManyInstances_AreAsManyAsTheClientCanTake(AgentKind kind, string row)
    {
        var expected = row switch
        {
            "big A 600" => 34,
            "big A 1232" or "big A tcp" or "big Srv 4096" or "big Srv tcp" => 40,
            "big Srv 600" => 9,
            "big Srv 1232" => 19,
            "big Srv 2000" => 32,
            _ => 3,
        };
        var agent = await ReadyAsync(kind);
        var (type, size) = (Enum.Parse<DnsType>(row.Split(' ')[1]), row.Split(' ')[2]);

        var answer = size == "tcp" ? await DnsProbe.AskAsync(agent.Dns, "big.service.consul", type, null, tcp: true)
            : await DnsProbe.AskAsync(agent.Dns, "big.service.consul", type, size == "0" ? null : ushort.Parse(size, System.Globalization.CultureInfo.InvariantCulture));

        Assert.Equal(expected, answer.Answers.Count);
        Assert.Equal(expected, answer.Answers.Distinct().Count());
        Assert.False(answer.Header.Truncated);
        if (type == DnsType.Srv)
        {
            // Each target's address is there, and when something was left out nothing else is.
            var targets = answer.Answers.Cast<SrvRecord>().Select(record => record.Target).ToHashSet();
            Assert.Equal(targets, answer.Additionals.OfType<AddressRecord>().Select(record => record.Name).ToHashSet());
            Assert.Equal(size is "tcp" or "4096", answer.Additionals.Any(record => record is TextRecord));
        }
    }

    [Theory]
    [OnEmbedded(nameof(HostLimits))]
    [OnConsul(nameof(HostLimits))]
    public async Task HostWithManyAddresses_IsToldWithAFewOfThem(AgentKind kind, string row)
    {
        var agent = await ReadyAsync(kind);
        var parts = row.Split(' ');
        ushort? size = parts[2] == "1232" ? (ushort)1232 : null;

        var answer = await DnsProbe.AskAsync(agent.Dns, $"{parts[0]}.service.consul", Enum.Parse<DnsType>(parts[1]), size, tcp: parts[2] == "tcp");

        var hosts = parts[1] == "Srv" ? answer.Additionals : answer.Answers;
        Assert.Equal(parts[3], $"{hosts.OfType<NameRecord>().Count()}+{hosts.OfType<AddressRecord>().Distinct().Count()}");
    }

    [Theory]
    [OnEmbedded]
    [OnConsul]
    public async Task Answers_AreShuffled(AgentKind kind)
    {
        var agent = await ReadyAsync(kind);
        HashSet<DnsRecord> first = [];

        // With 40 instances, 100 first places go to fewer than 20 of them once in more than a billion runs.
        for (var i = 0; i < 100; i++)
        {
            first.Add((await DnsProbe.AskAsync(agent.Dns, "big.service.consul", DnsType.A)).Answers[0]);
        }

        Assert.InRange(first.Count, 20, 40);
    }

    private async Task<TestedAgent> ReadyAsync(AgentKind kind)
    {
        var agent = await agents.GetAsync(kind);
        if ((await agent.GetAsync("/v1/agent/service/ready")).Status == 200)
        {
            return agent;
        }

        await RegisterAsync(agent, "Web", """ "ID":"web1","Tags":["v1","All"],"Address":"10.0.0.1","Port":8001,"Weights":{"Passing":3,"Warning":1} """);
        await RegisterAsync(agent, "Web", """ "ID":"web2","Tags":["All","A.b"],"Address":"10.0.0.2","Port":8002 """);
        await RegisterAsync(agent, "bare", """ "Port":99 """);
        await RegisterAsync(agent, "same", """ "Address":"127.0.0.1","Port":99 """);
        await RegisterAsync(agent, "six", """ "Address":"fd00::1","Port":99 """);
        await RegisterAsync(agent, "mapped", """ "Address":"::ffff:10.3.0.6","Port":99 """);
        await RegisterAsync(agent, "zeros", """ "Address":"010.3.0.07","Port":99 """);
        await RegisterAsync(agent, "short", """ "Address":"127.1","Port":99 """);
        await RegisterAsync(agent, "host", """ "Address":"some.example.org","Port":99 """);
        foreach (var (name, address, tagged) in s_lan)
        {
            await RegisterAsync(agent, name.TrimEnd('1', '2'), $$""" "ID":"{{name}}","Address":"{{address}}","Port":80,"TaggedAddresses":{{{tagged}}} """);
        }

        await RegisterAsync(agent, "plain", """ "Address":"10.3.0.1","Port":1 """);
        foreach (var (name, address) in s_hosts)
        {
            await RegisterAsync(agent, name, $""" "Address":"{address}","Port":2 """);
        }

        await RegisterAsync(agent, "mixed", """ "ID":"mixed2","Address":"10.0.0.9","Port":2 """);
        await RegisterAsync(agent, "ports", """ "ID":"ports1","Address":"10.3.0.2","Port":1 """);
        await RegisterAsync(agent, "ports", """ "ID":"ports2","Address":"10.3.0.2","Port":2 """);
        const string Sick = """ "ID":"{0}{1}","Address":"10.1.0.{1}","Port":99,"Weights":{"Passing":7,"Warning":4},"Check":{"TTL":"1h","Status":"{2}"} """;
        await RegisterAsync(agent, "warn", Sick.Replace("{0}", "warn").Replace("{1}", "1").Replace("{2}", CheckStatus.Warning));
        await RegisterAsync(agent, "warn", Sick.Replace("{0}", "warn").Replace("{1}", "2").Replace("{2}", CheckStatus.Critical));
        await RegisterAsync(agent, "critical", Sick.Replace("{0}", "critical").Replace("{1}", "3").Replace("{2}", CheckStatus.Critical));
        for (var i = 1; i <= 40; i++)
        {
            await RegisterAsync(agent, "big", $""" "ID":"big{i}","Address":"10.2.0.{i}","Port":{8000 + i} """);
        }

        await agent.PutAsync(
            "/v1/catalog/register",
            """{"Node":"ext","Address":"192.0.2.7","NodeMeta":{"a":"b","rfc1035-x":"y","=q":"r"},"Service":{"Service":"exts","Port":9}}""");
        await agent.PutAsync(
            "/v1/catalog/register",
            """{"Node":"ext","Address":"192.0.2.7","SkipNodeUpdate":true,"Service":{"Service":"meshed-proxy","Address":"10.4.0.1","Port":21000,"Tags":["v1"],"Kind":"connect-proxy","Proxy":{"DestinationServiceName":"Meshed"}}}""");
        await agent.PutAsync(
            "/v1/catalog/register",
            """{"Node":"ext","Address":"192.0.2.7","SkipNodeUpdate":true,"Service":{"Service":"native","Address":"10.4.0.2","Port":8,"Connect":{"Native":true}}}""");
        await agent.PutAsync("/v1/catalog/register", """{"Node":"named","Address":"www.example.org","Service":{"Service":"nameds","Port":9}}""");
        await agent.PutAsync("/v1/catalog/register", """{"Node":"mapped","Address":"::ffff:192.0.2.10"}""");
        await agent.PutAsync("/v1/catalog/register", """{"Node":"number","Address":"1"}""");
        await agent.PutAsync("/v1/catalog/register", """{"Node":"my.dotted","Address":"192.0.2.8"}""");
        foreach (var foreign in (string[])[
            """ "Node":"byname","Address":"ext.node.consul","NodeMeta":{"k":"v"},"Service":{"Service":"bynames","Port":9} """,
            """ "Node":"ring","Address":"ring.service.consul","Service":{"Service":"ring","Port":9} """,
            """ "Node":"f1","Address":"192.0.2.9","Service":{"Service":"twice","Address":"10.3.0.3","Port":9} """,
            """ "Node":"f2","Address":"192.0.2.9","Service":{"Service":"twice","Address":"10.3.0.3","Port":9} """,
            """ "Node":"f1","Address":"192.0.2.9","Service":{"Service":"heavy","Address":"10.3.0.4","Port":9,"Weights":{"Passing":700,"Warning":5}} """,
            """ "Node":"f1","Address":"192.0.2.9","Service":{"Service":"wrongweight","Address":"10.3.0.4","Port":9,"Weights":{"Passing":5,"Warning":-1}} """,
            """ "Node":"f1","Address":"192.0.2.9","Service":{"Service":"farport","Address":"10.3.0.4","Port":70000} """,
            """ "Node":"two1","Address":"10.4.0.1","Service":{"Service":"ownname","Address":"ownname.service.consul","Port":9} """,
            """ "Node":"two2","Address":"10.4.0.2","Service":{"Service":"ownname","Address":"ownname.service.consul","Port":9} """,
            """ "Node":"two1","Address":"10.4.0.1","Service":{"Service":"spelled","Address":"10.4.0.3","Port":9} """,
            """ "Node":"two2","Address":"10.4.0.2","Service":{"Service":"spelled","Address":"010.4.0.3","Port":9} """,
            """ "Node":"dualn","Address":"10.0.6.1","TaggedAddresses":{"lan_ipv6":"fd00::61"},"Service":{"Service":"dualns","Port":5} """,
            """ "Node":"dualm","Address":"fd00::62","TaggedAddresses":{"lan_ipv4":"10.0.6.2","lan":"10.0.6.3","wan":"1.1.1.1"},"Service":{"Service":"dualms","Port":5} """,
            """ "Node":"dualo","Address":"10.0.6.4","TaggedAddresses":{"lan_ipv4":"10.0.6.4"},"Service":{"Service":"dualos","Port":5} """,
            """ "Node":"dualp","Address":"10.0.6.5","Service":{"Service":"dualps","Port":5,"TaggedAddresses":{"lan_ipv6":{"Address":"fd00::65","Port":9}}} """,
            """ "Node":"dualq","Address":"host.example","TaggedAddresses":{"lan_ipv6":"fd00::66"},"Service":{"Service":"dualqs","Port":5} """,
            """ "Node":"dualr","Address":"10.0.6.7","TaggedAddresses":{"lan_ipv6":"fd00::67"},"Service":{"Service":"dualrs","Address":"dualrs.service.consul","Port":5} """,
            """ "Node":"f3","Address":"192.0.2.9","Service":{"Service":"odd","Address":"10.3.0.5","Port":9,"Weights":{"Passing":7,"Warning":5}},"Check":{"CheckID":"x","Name":"x","Status":"odd"} """])
        {
            await agent.PutAsync("/v1/catalog/register", $"{{{foreign}}}");
        }

        foreach (var query in (string[])[
            """{"Name":"aliasq","Service":{"Service":"alias"},"DNS":{"TTL":"7s"}}""",
            """{"Name":"webs","Service":{"Service":"web","Tags":["v1"]},"DNS":{"TTL":"7s"}}""",
            """{"Name":"dualq","Service":{"Service":"dualns"},"DNS":{"TTL":"7s"}}""",
            """{"Name":"geo-","Template":{"Type":"name_prefix_match"},"Service":{"Service":"${name.suffix}"}}"""])
        {
            Assert.Equal(200, (await agent.SendAsync("POST", "/v1/query", query)).Status);
        }

        await agent.RegisterAsync("ready", "ready");
        await Eventually.TrueAsync(async () => (await agent.GetAsync("/v1/catalog/service/big")).Text.Split("\"big").Length > 40);
        return agent;
    }

    private static Task<Answer> RegisterAsync(TestedAgent agent, string name, string rest) =>
        agent.PutAsync("/v1/agent/service/register", $$"""{"Name":"{{name}}",{{rest}}}""");
}
