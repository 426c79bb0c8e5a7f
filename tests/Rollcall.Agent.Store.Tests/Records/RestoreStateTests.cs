using Rollcall.Agent.Store.Commands;
using Rollcall.Agent.Store.Records;
using Rollcall.Consul.Wire;

namespace Rollcall.Agent.Store.Tests.Records;

public sealed class RestoreStateTests
{
    [Theory]
    [InlineData(StoreFixture.NodeName)]
    [InlineData("other")]
    public async Task CheckOfAServiceThatIsNotInIt_IsLeftOut(string node)
    {
        // As of a sidecar, which is no service here.
        var store = await StoreFixture.CreateAsync();
        var content = new SnapshotContent { LastIndex = 100 };
        content.Add(new CatalogNode { Node = node, Address = "10.0.0.1" });
        content.Add(node, new NodeService { Id = "web", Service = "web" });
        content.Add(new HealthCheck { Node = node, CheckId = "of-node" });
        content.Add(new HealthCheck { Node = node, CheckId = "of-web", ServiceId = "web", ServiceName = "web" });
        content.Add(new HealthCheck { Node = node, CheckId = "of-sidecar", ServiceId = "web-sidecar-proxy", ServiceName = "web-sidecar-proxy" });

        await store.Store.ApplyAsync(new RestoreState(content));

        Assert.DoesNotContain("of-sidecar", store.Root.Catalog.FindNode(node)!.Checks.Keys);
        if (node != StoreFixture.NodeName)
        {
            // The agent's own node has what is registered on the agent.
            Assert.Equal(["of-node", "of-web"], store.Root.Catalog.FindNode(node)!.Checks.Keys);
        }
    }
}
