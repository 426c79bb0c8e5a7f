using Rollcall.Agent.Store.Commands;
using Rollcall.Agent.Store.Tests.Catalog;
using Rollcall.Agent.Store.Watching;
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
    public async Task CheckOfTheIdOfTheAgentsOwn_HidesThatUntilTheNextRoundOnly()
    {
        var store = await StoreFixture.CreateAsync();
        await store.Store.ApplyAsync(new RegisterCheck(StoreFixture.NodeCheck("serfHealth")));
        Assert.Equal(CheckStatus.Critical, OwnCheck().Status);

        await store.Store.ApplyAsync(new SyncCatalog(Outputs: true));
        var after = store.Root;
        await store.Store.ApplyAsync(new SyncCatalog(Outputs: true));

        Assert.Equal((CheckStatus.Passing, "Serf Health Status"), (OwnCheck().Status, OwnCheck().Name));
        Assert.Same(after, store.Root);
        HealthCheck OwnCheck() => store.Root.Catalog.FindNode(StoreFixture.NodeName)!.Checks.Values.Single();
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task CheckOfAServiceThatGotAnotherName_KeepsTheNameOfBefore(bool outputs)
    {
        var store = await StoreFixture.CreateAsync();
        await store.RegisterAsync("one", "mm");
        await store.Store.ApplyAsync(new RegisterCheck(StoreFixture.ServiceCheck("mm", "kept")));
        await store.RegisterAsync("two", "mm");
        var before = store.Root;

        await store.Store.ApplyAsync(new SyncCatalog(outputs));

        Assert.Equal("one", store.Root.Catalog.FindNode(StoreFixture.NodeName)!.Checks["kept"].ServiceName);
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

    // It is taken away for its id, with the checks that are the agent's own.
    [Fact]
    public async Task ServiceInTheCatalogByAnIdOfOtherLetterCase_IsTheAgentsAgainWithItsChecks()
    {
        var store = await StoreFixture.CreateAsync();
        await store.RegisterAsync("web", checkIds: "c");
        await store.Store.ApplyAsync(new RegisterInCatalog(
            new CatalogNode { Node = StoreFixture.NodeName }, SkipNodeUpdate: true, new NodeService { Id = "WEB", Service = "web", Port = 1 }, []));

        await store.Store.ApplyAsync(new SyncCatalog(Outputs: false));

        var instance = store.Root.Catalog.FindService("web")!.Instances.Values.Single();
        Assert.Equal("web", instance.Service.Id);
        Assert.Contains("c", instance.Checks.Keys);
    }

    [Fact]
    public async Task OwnNodeRemoved_ComesBackWithEverything()
    {
        var store = await StoreFixture.CreateAsync();
        await store.RegisterAsync("web");
        await store.Store.ApplyAsync(new DeregisterFromCatalog(StoreFixture.NodeName, "", ""));

        await store.Store.ApplyAsync(new SyncCatalog(Outputs: false));

        Assert.Equal(["consul", "web"], store.Root.Catalog.FindNode(StoreFixture.NodeName)!.Services.Keys);
        Assert.NotNull(store.Root.Records.Coordinates.Find(StoreFixture.NodeName));
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

    /// <summary>What others wrote over the agent's tags is theirs to say only where the service allows it; the rest is the agent's.</summary>
    [Theory]
    [InlineData(true, "theirs")]
    [InlineData(false, "own")]
    public async Task OtherTagsInTheCatalog_AreTakenOverWhereTheServiceAllowsIt(bool allows, string expected)
    {
        var store = await StoreFixture.CreateAsync();
        var service = new NodeService { Id = "web", Service = "web", Port = 80, Tags = ["own"], EnableTagOverride = allows };
        await store.Store.ApplyAsync(new RegisterService(service, [StoreFixture.ServiceCheck("web", "c")], ReplaceChecks: false));
        await store.Store.ApplyAsync(new RegisterInCatalog(
            new CatalogNode { Node = StoreFixture.NodeName }, SkipNodeUpdate: true, service with { Port = 81, Tags = ["theirs"] }, []));
        using var watch = store.Store.Watches.Subscribe(Topic.LocalService("web"));

        await store.Store.ApplyAsync(new SyncCatalog(Outputs: false));

        var instance = store.Root.Catalog.FindService("web")!.Instances.Values.Single();
        Assert.Equal([expected], instance.Service.Tags);

        // As in Consul, checks are not written for that.
        Assert.Equal(["own"], instance.Checks["c"].ServiceTags);
        Assert.Equal(80, instance.Service.Port);
        Assert.Equal([expected], store.Root.Local.Services["web"].Service.Tags);
        Assert.Equal(["c"], store.Root.Local.Services["web"].CheckIds);
        Assert.Equal(allows, watch.Changed.IsCompleted);
    }

    [Fact]
    public async Task ServiceThatAllowsOtherTags_RegisteredAgain_HasItsOwn()
    {
        var store = await StoreFixture.CreateAsync();
        var service = new NodeService { Id = "web", Service = "web", Tags = ["own"], EnableTagOverride = true };
        var register = new RegisterService(service, [], ReplaceChecks: false);
        await store.Store.ApplyAsync(register);
        await store.Store.ApplyAsync(new RegisterInCatalog(new CatalogNode { Node = StoreFixture.NodeName }, SkipNodeUpdate: true, service with { Tags = ["theirs"] }, []));

        await store.Store.ApplyAsync(register);

        Assert.Equal(["own"], store.Root.Catalog.FindService("web")!.Instances.Values.Single().Service.Tags);
    }

    /// <summary>After a start the catalog still has what others said; files that are read once more say it anew, as in Consul.</summary>
    [Fact]
    public async Task ServiceOfAFileThatAllowsOtherTags_HasThemAfterAStart_AndItsOwnAfterAReload()
    {
        var store = await StoreFixture.CreateAsync();
        var service = new NodeService { Id = "web", Service = "web", Tags = ["own"], EnableTagOverride = true };
        var others = new RegisterInCatalog(new CatalogNode { Node = StoreFixture.NodeName }, SkipNodeUpdate: true, service with { Tags = ["theirs"] }, []);
        var files = new LoadDefinitions([new RegisterService(service, [StoreFixture.ServiceCheck("web", "c")], ReplaceChecks: false)], []);
        await store.Store.ApplyAsync(others);

        await store.Store.ApplyAsync(files);
        Assert.Equal(["theirs"], store.Root.Catalog.FindService("web")!.Instances.Values.Single().Service.Tags);
        Assert.Equal(["theirs"], store.Root.Local.Services["web"].Service.Tags);

        await store.Store.ApplyAsync(files);
        Assert.Equal(["own"], store.Root.Catalog.FindService("web")!.Instances.Values.Single().Service.Tags);
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
