using Rollcall.Agent.Store.Commands;
using Rollcall.Agent.Store.Tests.Catalog;
using Rollcall.Consul.Wire;

namespace Rollcall.Agent.Store.Tests.Local;

public sealed class SyncCatalogTests
{
    [Fact]
    public async Task NothingDiffers_NothingMoves()
    {
        var store = await StoreFixture.CreateAsync();
        await store.RegisterAsync("web", checkIds: "c");
        var before = store.Root;

        await store.Store.ApplyAsync(new SyncCatalog(Outputs: true));

        Assert.Same(before, store.Root);
    }

    [Fact]
    public async Task ServiceRemovedBehindTheAgent_ComesBackWithItsChecks()
    {
        var store = await StoreFixture.CreateAsync();
        await store.RegisterAsync("web", checkIds: "c");
        await store.Store.ApplyAsync(new DeregisterFromCatalog(StoreFixture.NodeName, "web", ""));
        Assert.Null(store.Root.Catalog.FindService("web"));

        await store.Store.ApplyAsync(new SyncCatalog(Outputs: false));

        Assert.Contains("c", store.Root.Catalog.FindService("web")!.Instances.Values.Single().Checks.Keys);
    }

    [Fact]
    public async Task OwnNodeRemoved_ComesBackWithEverything()
    {
        var store = await StoreFixture.CreateAsync();
        await store.RegisterAsync("web");
        await store.Store.ApplyAsync(new DeregisterFromCatalog(StoreFixture.NodeName, "", ""));

        await store.Store.ApplyAsync(new SyncCatalog(Outputs: false));

        Assert.Equal(["consul", "web"], store.Root.Catalog.FindNode(StoreFixture.NodeName)!.Services.Keys);
    }

    [Fact]
    public async Task ForeignServiceOnOwnNode_IsRemoved_OnExternalNodeStays()
    {
        var store = await StoreFixture.CreateAsync();
        await store.Store.ApplyAsync(CatalogIndexTests.External(StoreFixture.NodeName, "intruder"));
        await store.Store.ApplyAsync(CatalogIndexTests.External("ext", "guest"));

        await store.Store.ApplyAsync(new SyncCatalog(Outputs: false));

        Assert.Null(store.Root.Catalog.FindService("intruder"));
        Assert.NotNull(store.Root.Catalog.FindService("guest"));
    }

    [Fact]
    public async Task CheckReportsAfterItsServiceWasRemovedBehindTheAgent_BothComeBack()
    {
        var store = await StoreFixture.CreateAsync();
        await store.RegisterAsync("web", checkIds: "c");
        await store.Store.ApplyAsync(new DeregisterFromCatalog(StoreFixture.NodeName, "web", ""));

        await store.SetAsync("c", CheckStatus.Passing);

        Assert.True(store.Root.Catalog.FindService("web")!.Instances.Values.Single().AllPassing);
    }

    [Fact]
    public async Task RegisteringWithoutItsCheck_KeepsItUnlessReplacing()
    {
        var store = await StoreFixture.CreateAsync();
        await store.RegisterAsync("web", checkIds: "c");

        await store.RegisterAsync("web");
        Assert.Contains("c", store.Root.Local.Checks.Keys);

        await store.Store.ApplyAsync(new RegisterService(new NodeService { Id = "web", Service = "web" }, [], ReplaceChecks: true));
        Assert.Empty(store.Root.Local.Checks);
        Assert.Empty(store.Root.Catalog.FindService("web")!.Instances.Values.Single().Checks);
    }

    [Fact]
    public async Task CheckOfUnknownService_IsRefused()
    {
        var store = await StoreFixture.CreateAsync();

        Assert.False(await store.Store.ApplyAsync(new RegisterCheck(StoreFixture.ServiceCheck("nobody", "c"))));
        Assert.Empty(store.Root.Local.Checks);
    }
}
