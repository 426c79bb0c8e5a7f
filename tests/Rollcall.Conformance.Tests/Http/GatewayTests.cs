using Rollcall.Dns;
using Rollcall.Dns.Records;
using Rollcall.TestKit;

namespace Rollcall.Conformance.Tests.Http;

/// <summary>Who waits for gateways, or asks for them by DNS. What is shown is compared by the transcripts.</summary>
public class GatewayTests(Agents agents) : IClassFixture<Agents>
{
    private const string Terminating = """{"Kind":"terminating-gateway","Name":"wt","Services":[{"Name":"wweb"}]}""";
    private const string Ingress = """{"Kind":"ingress-gateway","Name":"wi","Listeners":[{"Port":80,"Protocol":"tcp","Services":[{"Name":"wweb"}]}]}""";
    private const string All = """{"Kind":"ingress-gateway","Name":"wa","Listeners":[{"Port":80,"Protocol":"http","Services":[{"Name":"*"}]}]}""";
    private const string OfHttp = """{"Kind":"service-defaults","Name":"wlate","Protocol":"http"}""";

    /// <summary>What is waited for, and each request that ends a wait for it, with how much is shown after that.</summary>
    private static readonly Dictionary<string, (string Path, string Body, int Shown)[]> s_waits = new(StringComparer.Ordinal)
    {
        ["/v1/catalog/gateway-services/wt"] = [("/v1/config", Terminating, 1), ("/v1/config", Terminating.Replace("[", "[{\"Name\":\"wb\"},", StringComparison.Ordinal), 2)],
        ["/v1/catalog/gateway-services/wa"] =
            [("/v1/config", All, 0), ("/v1/catalog/register", Service("wlate"), 0), ("/v1/config", OfHttp, 1), ("/v1/config", OfHttp.Replace("http", "grpc", StringComparison.Ordinal), 0)],
        ["/v1/health/connect/wweb"] =
        [
            ("/v1/config", Terminating, 0), ("/v1/catalog/register", Service("wt", "terminating-gateway"), 1),
            ("/v1/catalog/register", Check("wt"), 1), ("/v1/catalog/deregister", """{"Node":"wn","ServiceID":"wt"}""", 0),
        ],
        ["/v1/health/ingress/wweb"] =
        [
            ("/v1/config", Ingress, 0), ("/v1/catalog/register", Service("wi", "ingress-gateway"), 1),
            ("/v1/catalog/register", Check("wi"), 1), ("/v1/catalog/deregister", """{"Node":"wn","ServiceID":"wi"}""", 0),
        ],
    };

    public static IEnumerable<string> Waits => s_waits.Keys;

    [Theory]
    [OnEmbedded(nameof(Waits))]
    [OnConsul(nameof(Waits))]
    public async Task WhatIsWaitedFor_WakesWhoWaits(AgentKind kind, string path)
    {
        var agent = await agents.GetAsync(kind);
        await ClearAsync(agent);
        foreach (var (target, body, shown) in s_waits[path])
        {
            var before = await agent.GetAsync(path);

            var watch = agent.GetAsync($"{path}?index={before.Index}&wait=60s");
            Assert.Equal(200, (await agent.PutAsync(target, body)).Status);
            var after = await watch.WithinAsync();

            Assert.True(after.Index > before.Index, $"{body}: {before.Index}, then {after.Index}");
            Assert.Equal((body, shown), (body, after.Json?.AsArray().Count ?? 0));
        }

        await ClearAsync(agent);
    }

    /// <summary>In Consul the index falls then, so that nobody wakes.</summary>
    [Theory]
    [InlineData("/v1/health/connect/wweb", Terminating, "wt", "terminating-gateway")]
    [InlineData("/v1/catalog/connect/wweb", Terminating, "wt", "terminating-gateway")]
    [InlineData("/v1/health/ingress/wweb", Ingress, "wi", "ingress-gateway")]
    public async Task LinkThatIsTakenAway_WakesWhoWaits(string path, string entry, string name, string gateway)
    {
        var agent = await agents.GetAsync(AgentKind.Embedded);
        await ClearAsync(agent);
        _ = await agent.PutAsync("/v1/catalog/register", Service(name, gateway));
        _ = await agent.PutAsync("/v1/config", entry);
        var before = await agent.GetAsync(path);
        Assert.Single(before.Json!.AsArray());

        var watch = agent.GetAsync($"{path}?index={before.Index}&wait=60s");
        _ = await agent.SendAsync("DELETE", $"/v1/config/{gateway}/{name}");
        var after = await watch.WithinAsync();

        Assert.True(after.Index > before.Index, $"{before.Index}, then {after.Index}");
        Assert.Empty(after.Json!.AsArray());
        await ClearAsync(agent);
    }

    [Theory]
    [OnEmbedded]
    [OnConsul]
    public async Task LinkOfATerminatingGatewayThatIsTakenAway_IsNoNewsOfIngressGateways(AgentKind kind)
    {
        var agent = await agents.GetAsync(kind);
        await ClearAsync(agent);
        _ = await agent.PutAsync("/v1/catalog/register", Service("wi", "ingress-gateway"));
        _ = await agent.PutAsync("/v1/config", Ingress);
        _ = await agent.PutAsync("/v1/config", Terminating.Replace("wweb", "wb", StringComparison.Ordinal));
        var before = (await agent.GetAsync("/v1/health/ingress/wweb")).Index;

        _ = await agent.SendAsync("DELETE", "/v1/config/terminating-gateway/wt");

        Assert.Equal(before, (await agent.GetAsync("/v1/health/ingress/wweb")).Index);
        await ClearAsync(agent);
    }

    [Theory]
    [OnEmbedded]
    [OnConsul]
    public async Task Gateways_AreToldByDns(AgentKind kind)
    {
        var agent = await agents.GetAsync(kind);
        await ClearAsync(agent);
        Assert.Equal("NameError", await AskAsync("wweb.ingress.consul"));
        foreach (var body in (string[])[Terminating, Ingress])
        {
            _ = await agent.PutAsync("/v1/config", body);
        }

        Assert.Equal("NameError", await AskAsync("wweb.ingress.consul"));
        foreach (var (name, gateway) in ((string, string)[])[("wt", "terminating-gateway"), ("wi", "ingress-gateway")])
        {
            _ = await agent.PutAsync("/v1/catalog/register", Service(name, gateway));
        }

        Assert.Equal("10.9.0.1", await AskAsync("wweb.ingress.consul"));
        Assert.Equal("10.9.0.1", await AskAsync("x.WWEB.ingress.dc1.consul"));
        Assert.Equal("10.9.0.1", await AskAsync("wweb.connect.consul"));
        Assert.Equal("NameError", await AskAsync("wi.ingress.consul"));
        Assert.Equal("NameError", await AskAsync("ingress.consul"));
        await ClearAsync(agent);

        async Task<string> AskAsync(string name)
        {
            var answer = await DnsProbe.AskAsync(agent.Dns, name, DnsType.A);
            return answer.Header.ResponseCode == DnsResponseCode.NoError ? string.Join(' ', answer.Answers.OfType<AddressRecord>().Select(static record => record.Address)) : $"{answer.Header.ResponseCode}";
        }
    }

    private static string Service(string name, string kind = "") =>
        $$"""{"Node":"wn","Address":"10.9.0.1","Service":{"Service":"{{name}}","Kind":"{{kind}}","Port":9} }""";

    private static string Check(string service) =>
        $$"""{"Node":"wn","Address":"10.9.0.1","Check":{"CheckID":"wc","Name":"wc","Status":"warning","ServiceID":"{{service}}"} }""";

    private static async Task ClearAsync(TestedAgent agent)
    {
        _ = await agent.PutAsync("/v1/catalog/deregister", """{"Node":"wn"}""");
        foreach (var entry in (string[])["terminating-gateway/wt", "ingress-gateway/wi", "ingress-gateway/wa", "service-defaults/wlate"])
        {
            _ = await agent.SendAsync("DELETE", $"/v1/config/{entry}");
        }
    }
}
