using System.Globalization;
using Microsoft.Extensions.Logging.Abstractions;
using Rollcall.Agent.Acl;
using Rollcall.Agent.Dns;
using Rollcall.Agent.Store;
using Rollcall.Agent.Store.Acl;
using Rollcall.Agent.Store.Commands;
using Rollcall.Consul.Wire;
using Rollcall.TestKit;

namespace Rollcall.Agent.Tests.Dns;

public sealed class DnsCatalogTests
{
    private const int Nodes = 200;

    [Fact]
    public async Task ChangeOfAnotherService_CostsAQuestionNothing()
    {
        var (store, catalog) = await CreateAsync("node_prefix \"n\" { policy = \"read\" } service \"web\" { policy = \"read\" }");
        var entry = catalog.FindService("web");
        var most = 0L;
        for (var round = 0; round < 20; round++)
        {
            await RegisterAsync(store, 0, "other", round);
            var before = GC.GetAllocatedBytesForCurrentThread();
            var found = catalog.FindService("web");
            var node = catalog.FindNode("n7");
            most = Math.Max(most, GC.GetAllocatedBytesForCurrentThread() - before);

            // The very entry of the store: what answers are made of is kept by it.
            Assert.Same(store.Root.Catalog.FindService("web"), found);
            Assert.Same(entry, found);
            Assert.NotNull(node);
        }

        Assert.InRange(most, 0, 1024);
    }

    [Fact]
    public async Task WhatMayNotBeRead_IsLeftOut_AndTheRestIsTheSameEachTime()
    {
        var (store, catalog) = await CreateAsync("node \"n7\" { policy = \"read\" } service \"web\" { policy = \"read\" }");

        var found = catalog.FindService("web")!;
        Assert.Equal("n7", Assert.Single(found.Instances.Values).Node.Node);
        Assert.Null(catalog.FindService("other"));
        Assert.Null(catalog.FindNode("n8"));
        Assert.Equal("n7", Assert.Single(catalog.All.Nodes.Values).Node.Node);

        await RegisterAsync(store, 0, "other", 1);
        Assert.Same(found, catalog.FindService("web"));

        // What may be read changes with the rules.
        await PutPolicyAsync(store, "node \"n8\" { policy = \"read\" } service \"web\" { policy = \"read\" }");
        Assert.Equal("n8", Assert.Single(catalog.FindService("web")!.Instances.Values).Node.Node);
    }

    private static async Task<(StateStore Store, DnsCatalog Catalog)> CreateAsync(string rules)
    {
        var store = new StateStore();
        var gate = new AclGate(store, new AclOptions { Enabled = true, AllowByDefault = false }, "n0", "dc1", new FakeTimeProvider(), NullLogger.Instance);
        await store.ApplyAsync(gate.BuiltIns()!);
        await PutPolicyAsync(store, rules);
        for (var node = 0; node < Nodes; node++)
        {
            await RegisterAsync(store, node, "web", 0);
            await RegisterAsync(store, node, "other", 0);
        }

        return (store, new DnsCatalog(store, gate));
    }

    /// <summary>Gives rules to everybody.</summary>
    private static async Task PutPolicyAsync(StateStore store, string rules)
    {
        const string id = "aaaaaaaa-0000-0000-0000-000000000001";
        var anonymous = store.Root.Acl.FindToken(AclToken.AnonymousAccessor)!;
        Assert.Null((await store.ApplyAsync(new PutAcl<AclPolicy>(
            AclKinds.Policies, new AclPolicy { Id = id, Name = "p", Rules = rules }, !store.Root.Acl.Policies.Rows.ContainsKey(id)))).Fault);
        Assert.Null((await store.ApplyAsync(new PutAclToken(anonymous with { PolicyIds = [id] }, IsNew: false))).Fault);
    }

    private static async Task RegisterAsync(StateStore store, int node, string service, int port)
    {
        var name = string.Create(CultureInfo.InvariantCulture, $"n{node}");
        Assert.Null(await store.ApplyAsync(new RegisterInCatalog(
            new CatalogNode { Node = name, Address = "10.0.0.1" }, false, new NodeService { Id = service, Service = service, Port = port }, [])));
    }
}
