using Rollcall.Discovery;
using Rollcall.Discovery.Sources;
using Rollcall.TestKit;

namespace Rollcall.Conformance.Tests.Dns;

public class DnsSourceTests(Agents agents) : IClassFixture<Agents>
{
    [Theory]
    [OnEmbedded]
    [OnConsul]
    public async Task Callers_FollowInstancesByDnsAlone(AgentKind kind)
    {
        var agent = await agents.GetAsync(kind);
        var options = new DnsEndpointSourceOptions { Domain = "service.consul", MinRefresh = TimeSpan.FromMilliseconds(20) };
        options.Servers.Add(agent.Dns);
        await using var directory = new EndpointDirectory(new DnsEndpointSource(options));
        await using var watch = directory.Watch(new ServiceQuery("orders"));
        Assert.Empty((await watch.FirstAsync().AsTask().WithinAsync()).Endpoints);

        await agent.RegisterAsync("orders", "o1", """ "Address":"10.0.0.1","Port":8001,"Weights":{"Passing":3,"Warning":1} """);
        await agent.RegisterAsync("orders", "o2", """ "Port":8002 """);
        await Eventually.TrueAsync(() => watch.Current!.Endpoints.Length == 2);
        Assert.Equal(["10.0.0.1:8001 3", "127.0.0.1:8002 1"], watch.Current!.Endpoints.Select(endpoint => $"{endpoint.Authority} {endpoint.Weight}").Order());

        await agent.PutAsync("/v1/agent/service/deregister/o1");
        await Eventually.TrueAsync(() => watch.Current!.Endpoints is [{ Port: 8002 }]);
    }
}
