using Rollcall.Agent.Store.Commands;
using Rollcall.Agent.Store.Local;
using Rollcall.Consul.Wire;

namespace Rollcall.Agent.Store.Tests.Catalog;

public sealed class CatalogIndexTests
{
    [Fact]
    public async Task ChecksOfAService_AreInTheOrderOfTheirIdsOnANode()
    {
        var store = await StoreFixture.CreateAsync();
        await store.RegisterAsync("web", "a", 0, "c3", "c1");
        await store.RegisterAsync("web", "b", 0, "c2", "C0");

        Assert.Equal(["C0", "c1", "c2", "c3"], store.Root.Catalog.ChecksOf("web").Select(static found => found.Check.CheckId));
    }

    [Fact]
    public async Task OtherServiceChanges_IndexStays()
    {
        var store = await StoreFixture.CreateAsync();
        await store.RegisterAsync("web");
        var before = store.Root.Catalog.ServiceIndex("web");

        await store.RegisterAsync("db", checkIds: "c");
        await store.SetAsync("c", CheckStatus.Passing);
        await store.PutAsync("key");

        Assert.Equal(before, store.Root.Catalog.ServiceIndex("web"));
    }

    [Fact]
    public async Task SameRegisteredAgain_NothingMoves()
    {
        var store = await StoreFixture.CreateAsync();
        await store.RegisterAsync("web", port: 80, checkIds: ["a", "b"]);
        await store.SetAsync("a", CheckStatus.Passing, "fine");
        var before = store.Root;

        await store.RegisterAsync("web", port: 80, checkIds: ["a", "b"]);

        Assert.Equal(before.Catalog, store.Root.Catalog);
        Assert.Equal(CheckStatus.Passing, store.Root.Local.Checks["a"].Check.Status);
        Assert.Equal("fine", store.Root.Local.Checks["a"].Check.Output);
    }

    [Fact]
    public async Task OutputAloneChanges_CatalogStaysUntilFullSync()
    {
        var store = await StoreFixture.CreateAsync();
        await store.RegisterAsync("web", checkIds: "c");
        await store.SetAsync("c", CheckStatus.Passing, "one");
        var index = store.Root.Catalog.ServiceIndex("web");

        await store.SetAsync("c", CheckStatus.Passing, "two");
        await store.Store.ApplyAsync(new SyncCatalog(Outputs: false));

        Assert.Equal("two", store.Root.Local.Checks["c"].Check.Output);
        Assert.Equal(index, store.Root.Catalog.ServiceIndex("web"));

        await store.Store.ApplyAsync(new SyncCatalog(Outputs: true));
        Assert.True(store.Root.Catalog.ServiceIndex("web") > index);
        Assert.Equal("two", store.Root.Catalog.FindService("web")!.Instances.Values.Single().Checks["c"].Output);
    }

    [Fact]
    public async Task LastInstanceGone_UnknownServicesJumpAndVanishedOneHasHigherIndex()
    {
        var store = await StoreFixture.CreateAsync();
        await store.RegisterAsync("web");
        var seen = store.Root.Catalog.ServiceIndex("web");
        var unknown = store.Root.Catalog.ServiceIndex("nobody");

        await store.DeregisterAsync("web");

        Assert.True(store.Root.Catalog.ServiceIndex("web") > seen);
        Assert.True(store.Root.Catalog.ServiceIndex("nobody") > unknown);
    }

    [Fact]
    public async Task OneOfTwoInstancesGone_UnknownServicesStay()
    {
        var store = await StoreFixture.CreateAsync();
        await store.RegisterAsync("web", "w1");
        await store.RegisterAsync("web", "w2");
        var unknown = store.Root.Catalog.ServiceIndex("nobody");

        await store.DeregisterAsync("w1");

        Assert.Equal(unknown, store.Root.Catalog.ServiceIndex("nobody"));
        Assert.Single(store.Root.Catalog.FindService("web")!.Instances);
    }

    [Fact]
    public async Task NodeCheckChanges_EveryServiceOfTheNodeMoves()
    {
        var store = await StoreFixture.CreateAsync();
        await store.RegisterAsync("web");
        await store.RegisterAsync("db");
        await store.Store.ApplyAsync(new RegisterCheck(StoreFixture.NodeCheck("disk")));
        var index = store.Root.Index;

        await store.SetAsync("disk", CheckStatus.Passing);

        Assert.Equal(index + 1, store.Root.Catalog.ServiceIndex("web"));
        Assert.Equal(index + 1, store.Root.Catalog.ServiceIndex("db"));
        Assert.Contains("disk", store.Root.Catalog.FindService("web")!.Instances.Values.Single().NodeChecks.Keys);
    }

    [Fact]
    public async Task CheckStatusChanges_ListOfServicesStays()
    {
        var store = await StoreFixture.CreateAsync();
        await store.RegisterAsync("web", checkIds: "c");
        var index = store.Root.Catalog.ServicesIndex;

        await store.SetAsync("c", CheckStatus.Passing);

        Assert.Equal(index, store.Root.Catalog.ServicesIndex);
        Assert.Equal(store.Root.Index, store.Root.Catalog.ChecksIndex);
    }

    [Fact]
    public async Task NamesDifferInCase_SameService()
    {
        var store = await StoreFixture.CreateAsync();
        await store.RegisterAsync("Web");

        Assert.NotNull(store.Root.Catalog.FindService("wEB"));
    }

    [Fact]
    public async Task SameIdUnderAnotherName_MovesToThatName()
    {
        var store = await StoreFixture.CreateAsync();
        await store.RegisterAsync("old", "id", checkIds: "c");

        await store.RegisterAsync("new", "id");

        Assert.Null(store.Root.Catalog.FindService("old"));
        Assert.Contains("c", store.Root.Catalog.FindService("new")!.Instances.Values.Single().Checks.Keys);
    }

    [Fact]
    public async Task NodeRemoved_TakesItsServicesAndChecks()
    {
        var store = await StoreFixture.CreateAsync();
        await store.Store.ApplyAsync(External("ext", "svc"));
        Assert.NotNull(store.Root.Catalog.FindService("svc"));

        await store.Store.ApplyAsync(new DeregisterFromCatalog("ext", "", ""));

        Assert.Null(store.Root.Catalog.FindNode("ext"));
        Assert.Null(store.Root.Catalog.FindService("svc"));
    }

    [Fact]
    public async Task CheckOfUnknownService_LeavesNothingBehind()
    {
        var store = await StoreFixture.CreateAsync();
        var before = store.Root;

        var fault = await store.Store.ApplyAsync(External("ext", "svc") with
        {
            Checks = [new HealthCheck { Node = "ext", CheckId = "c", ServiceId = "other" }],
        });

        Assert.Equal("failed inserting check: Missing service registration on node \"ext\"", fault);
        Assert.Same(before, store.Root);
    }

    [Fact]
    public async Task Registering_CostsTheSameWhateverIsRegistered()
    {
        var store = await StoreFixture.CreateAsync();
        await FillAsync(store, 0, 100);
        var few = await CostAsync(store);
        await FillAsync(store, 100, 10_000);
        var many = await CostAsync(store);

        // Trees get deeper by the logarithm: from 100 to 10,000 that doubles; anything linear would be a hundredfold.
        Assert.True(many < 4 * few, $"{few} bytes among 100, {many} among 10,000");
    }

    internal static RegisterInCatalog External(string node, string service) => new(
        new CatalogNode { Node = node, Address = "10.0.0.1", Datacenter = "dc1" },
        SkipNodeUpdate: false,
        new NodeService { Id = service, Service = service },
        []);

    private static async Task FillAsync(StoreFixture store, int from, int to)
    {
        for (var i = from; i < to; i++)
        {
            await store.RegisterAsync("web", $"web-{i}", i, $"check-{i}");
        }
    }

    private static async Task<long> CostAsync(StoreFixture store)
    {
        await OnceAsync("warm");
        var before = GC.GetAllocatedBytesForCurrentThread();
        await OnceAsync("measured");
        return GC.GetAllocatedBytesForCurrentThread() - before;

        async Task OnceAsync(string id)
        {
            await store.RegisterAsync("web", id, 1, id);
            await store.SetAsync(id, CheckStatus.Passing);
            await store.DeregisterAsync(id);
        }
    }
}
