using Rollcall.Agent.Store.Commands;
using Rollcall.Agent.Store.Records;
using Rollcall.Consul.Wire;

namespace Rollcall.Agent.Store.Tests.Records;

public sealed class RestoreStateTests
{
    [Fact]
    public async Task IdsOfNodes_AreKnownAgain_AlsoThoseThatSeveralHave()
    {
        const string id = "99999999-2222-3333-4444-555555555555";
        var store = await StoreFixture.CreateAsync();
        var content = new SnapshotContent { LastIndex = 100 };
        content.Add(new CatalogNode { Id = id, Node = "newer", Address = "10.0.0.1", ModifyIndex = 20 });
        content.Add(new CatalogNode { Id = id, Node = "older", Address = "10.0.0.1", ModifyIndex = 10 });

        await store.Store.ApplyAsync(new RestoreState(content));

        Assert.Equal("newer", store.Root.Catalog.FindNodeById(id)!.Node.Node);
        Assert.Null(await store.Store.ApplyAsync(new RegisterInCatalog(new CatalogNode { Id = id, Node = "renamed", Address = "10.0.0.1" }, false, null, [])));
        Assert.Null(store.Root.Catalog.FindNode("newer"));
        Assert.Equal("renamed", store.Root.Catalog.FindNodeById(id)!.Node.Node);
    }

    [Fact]
    public async Task AgentsNode_KeepsItsNameAndItsId_WhateverTheSnapshotSays()
    {
        var store = await StoreFixture.CreateAsync();
        var own = store.Root.Local.Node!;
        var content = new SnapshotContent { LastIndex = 100 };
        content.Add(new CatalogNode { Id = "99999999-2222-3333-4444-555555555555", Node = own.Node, Address = "10.0.0.1" });
        content.Add(new HealthCheck { Node = own.Node, CheckId = "serfHealth", Status = CheckStatus.Passing });
        content.Add(new CatalogNode { Id = own.Id, Node = "other", Address = "10.0.0.1" });

        await store.Store.ApplyAsync(new RestoreState(content));

        Assert.Equal(own.Id, store.Root.Catalog.FindNode(own.Node)!.Node.Id);
        Assert.Null(store.Root.Catalog.FindNode("other"));
        Assert.Null(store.Root.Catalog.FindNodeById("99999999-2222-3333-4444-555555555555"));
    }

    [Fact]
    public async Task KeyThatIsOlderInTheSnapshot_IsNewToWhoSawItBefore()
    {
        var store = await StoreFixture.CreateAsync();
        var content = new SnapshotContent { LastIndex = store.Root.Index };
        content.Add(new KvPair { Key = "k", ModifyIndex = store.Root.Index });
        await store.PutAsync("k", "new");
        var seen = store.Root.Kv.KeyIndex("k");

        await store.Store.ApplyAsync(new RestoreState(content));

        Assert.True(store.Root.Kv.KeyIndex("k") > seen, $"{store.Root.Kv.KeyIndex("k")} after {seen}");
        Assert.True(store.Root.Kv.Find("k")!.ModifyIndex < seen);

        // Who has the key's own index has read it since.
        var own = store.Root.Kv.Find("k")!.ModifyIndex;
        Assert.Equal(own, store.Root.Kv.KeyIndex("k", own));
        Assert.True(store.Root.Kv.KeyIndex("k", seen) > seen);
        await store.PutAsync("k", "newest");
        Assert.Equal(store.Root.Kv.Find("k")!.ModifyIndex, store.Root.Kv.KeyIndex("k"));
    }

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
