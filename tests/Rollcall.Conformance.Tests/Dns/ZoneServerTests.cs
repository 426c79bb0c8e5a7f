using Rollcall.Dns;
using Rollcall.TestKit;

namespace Rollcall.Conformance.Tests.Dns;

/// <summary>Whom the zone names as its servers.</summary>
public class ZoneServerTests(Agents agents) : IClassFixture<Agents>
{
    private const string Found = "NoError aa rd edns 1232\n";
    private const string Soa = "answer consul. 0 Soa ns.consul. hostmaster.consul. 3600 600 86400 0\n";
    private const string Own = " consul. 0 Ns node1.node.dc1.consul.\n";
    private const string OwnAddress = "additional node1.node.dc1.consul. 0 A 127.0.0.1\n";

    [Theory]
    [OnEmbedded]
    [OnConsul]
    public async Task NodeThatIsSick_IsNoServer(AgentKind kind)
    {
        var agent = await agents.GetAsync(kind);
        await NamesAsync(agent, [Own], [OwnAddress]);

        await agent.PutAsync("/v1/agent/maintenance?enable=true");
        await NamesAsync(agent, [], []);
        await agent.PutAsync("/v1/agent/maintenance?enable=false");
        await NamesAsync(agent, [Own], [OwnAddress]);

        await agent.PutAsync("/v1/agent/check/register", """{"Name":"disk","TTL":"1h","Status":"critical"}""");
        await NamesAsync(agent, [], []);
        await agent.PutAsync("/v1/agent/check/warn/disk");
        await NamesAsync(agent, [Own], [OwnAddress]);
        await agent.PutAsync("/v1/agent/check/deregister/disk");
    }

    /// <summary>What it is registered under makes a server.</summary>
    [Theory]
    [OnEmbedded]
    [OnConsul]
    public async Task OtherNodesWithTheServersService_AreServersToo_UpToThree(AgentKind kind)
    {
        var agent = await agents.GetAsync(kind);
        await agent.PutAsync("/v1/catalog/register", """{"Node":"Other","Address":"192.0.2.1","Service":{"Service":"consul"}}""");
        await agent.PutAsync("/v1/catalog/register", """{"Node":"not_a_host","Address":"192.0.2.2","Service":{"Service":"consul"}}""");
        string[] names = [" consul. 0 Ns other.node.dc1.consul.\n", Own];
        string[] addresses = ["additional other.node.dc1.consul. 0 A 192.0.2.1\n", OwnAddress];
        await NamesAsync(agent, names, addresses);

        foreach (var node in (string[])["m1", "m2"])
        {
            await agent.PutAsync("/v1/catalog/register", $$$"""{"Node":"{{{node}}}","Address":"192.0.2.3","Service":{"Service":"consul"}}""");
        }

        var many = await DnsProbe.AskAsync(agent.Dns, "consul", DnsType.Ns);
        Assert.Equal((3, 3), (many.Answers.Distinct().Count(), many.Additionals.Distinct().Count()));

        foreach (var node in (string[])["Other", "not_a_host", "m1", "m2"])
        {
            await agent.PutAsync("/v1/catalog/deregister", $$"""{"Node":"{{node}}"}""");
        }

        await NamesAsync(agent, [Own], [OwnAddress]);
    }

    private static async Task NamesAsync(TestedAgent agent, string[] names, string[] addresses)
    {
        var last = string.Concat(addresses.Order(StringComparer.Ordinal));
        var (zone, servers) = (Text("authority"), Text("answer"));

        // The catalog hears of what is registered at the agent a moment later.
        await Eventually.PassesAsync(async () =>
        {
            Assert.Equal(Found + Soa + zone + last, DnsText.Of(await DnsProbe.AskAsync(agent.Dns, "consul", DnsType.Soa)));
            Assert.Equal(Found + servers + last, DnsText.Of(await DnsProbe.AskAsync(agent.Dns, "consul", DnsType.Ns)));
        });

        string Text(string section) => string.Concat(names.Order(StringComparer.Ordinal).Select(name => section + name));
    }
}
