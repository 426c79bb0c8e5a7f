using System.Text.Json.Nodes;
using Rollcall.TestKit;

namespace Rollcall.Cli.Tests.Commands.Migration;

/// <summary>Config entries, intentions, prepared queries and nodes between agents and a real Consul.</summary>
public sealed class MigrateDefinitionsTests
{
    private static readonly string[][] s_lists =
    [
        ["config", "proxy-defaults"], ["config", "service-defaults"], ["config", "service-resolver"], ["config", "service-splitter"], ["config", "service-router"],
        ["connect", "intentions"], ["health", "node", "db1"],
    ];

    [Theory]
    [InlineData(false, false)]
    [RequiresConsulInlineData(false, true)]
    [RequiresConsulInlineData(true, false)]
    public async Task Definitions_AreCarriedAndOnlyOnce(bool fromReal, bool toReal)
    {
        await using var from = await MigrationSide.StartAsync(fromReal, node: "a");
        await using var to = await MigrationSide.StartAsync(toReal, node: "b");
        await DefineAsync(from);

        var first = await MigrationRuns.RunAsync(from, to);

        Assert.Equal((0, ""), (first.ExitCode, first.Error));
        Assert.Contains("4 nodes without an agent, their services and checks: 4 carried, 0 replaced, 0 there already, 0 different and left.\n", first.Output, StringComparison.Ordinal);
        Assert.Contains("Nodes that agents run (1) are not carried", first.Output, StringComparison.Ordinal);
        Assert.Contains("6 config entries: 6 carried, 0 replaced, 0 there already, 0 different and left.\n", first.Output, StringComparison.Ordinal);
        Assert.Contains("2 intentions: 2 carried, 0 replaced, 0 there already, 0 different and left.\n", first.Output, StringComparison.Ordinal);
        Assert.Contains("3 prepared queries: 3 carried, 0 replaced, 0 there already, 0 different and left.\n", first.Output, StringComparison.Ordinal);
        Assert.Contains("Prepared queries that end with a session (1) are not carried", first.Output, StringComparison.Ordinal);
        foreach (var list in s_lists)
        {
            Assert.Equal(await from.ListAsync(list), await to.ListAsync(list));
        }

        var ofSession = (await from.ListAsync("query")).Where(static query => query.Contains("\"bound\"", StringComparison.Ordinal));
        Assert.Equal((await from.ListAsync("query")).Except(ofSession), await to.ListAsync("query"));
        Assert.Equal((await from.Client.Catalog.NodeAsync("db1").WithinAsync()).Value!.Node!.Meta, (await to.Client.Catalog.NodeAsync("db1").WithinAsync()).Value!.Node!.Meta);
        var found = (await to.Client.Queries.ExecuteAsync("db").WithinAsync()).Value!;
        Assert.Equal(("pg", 5432), (found.Service, Assert.Single(found.Nodes!).Service.Port));
        Assert.DoesNotContain("local", (await to.Client.Catalog.ServicesAsync().WithinAsync()).Value.Keys);

        var second = await MigrationRuns.RunAsync(from, to);

        Assert.Equal((0, ""), (second.ExitCode, second.Error));
        Assert.Contains("4 nodes without an agent, their services and checks: 0 carried, 0 replaced, 4 there already", second.Output, StringComparison.Ordinal);
        Assert.Contains("6 config entries: 0 carried, 0 replaced, 6 there already", second.Output, StringComparison.Ordinal);
        Assert.Contains("2 intentions: 0 carried, 0 replaced, 2 there already", second.Output, StringComparison.Ordinal);
        Assert.Contains("3 prepared queries: 0 carried, 0 replaced, 3 there already", second.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task DryRun_WritesNothing()
    {
        await using var from = await MigrationSide.StartAsync(node: "a");
        await using var to = await MigrationSide.StartAsync(node: "b");
        await DefineAsync(from);

        var result = await MigrationRuns.RunAsync(from, to, "--dry-run");

        Assert.Equal((0, ""), (result.ExitCode, result.Error));
        Assert.Contains("6 config entries: 6 would be carried, 0 would be replaced", result.Output, StringComparison.Ordinal);
        Assert.Contains("4 nodes without an agent, their services and checks: 4 would be carried", result.Output, StringComparison.Ordinal);
        foreach (var list in s_lists.Append(["query"]))
        {
            Assert.Empty(await to.ListAsync(list));
        }

        Assert.Equal(["b"], (await to.Client.Catalog.NodesAsync().WithinAsync()).Value.Select(static node => node.Node));
    }

    [Theory]
    [InlineData("config", "service-defaults web", "http", "tcp", "config", "service-defaults")]
    [InlineData("config", "intention default/a => default/b", "allow", "deny", "connect", "intentions")]
    [InlineData("queries", "query q", "here", "there", "query")]
    [InlineData("nodes", "check up of node ext", "here", "there", "health", "node", "ext")]
    public async Task WhatIsDifferentThere_IsLeftUnlessItIsToBeReplaced(string part, string label, string here, string there, params string[] list)
    {
        await using var from = await MigrationSide.StartAsync();
        await using var to = await MigrationSide.StartAsync();
        await WriteAsync(from, list[0], here);
        await WriteAsync(to, list[0], there);
        var before = await to.ListAsync(list);

        var left = await MigrationRuns.RunAsync(from, to, "--only", part);

        Assert.Equal(1, left.ExitCode);
        Assert.Equal($"Left as it is there: {label}\nWhat is different there is replaced with --overwrite.\n", left.Error);
        Assert.Contains("1 different and left.\n", left.Output, StringComparison.Ordinal);
        Assert.Equal(before, await to.ListAsync(list));

        var replaced = await MigrationRuns.RunAsync(from, to, "--only", part, "--overwrite");

        Assert.Equal((0, ""), (replaced.ExitCode, replaced.Error));
        Assert.Contains("0 carried, 1 replaced", replaced.Output, StringComparison.Ordinal);
        Assert.Equal(await from.ListAsync(list), await to.ListAsync(list));
    }

    [Fact]
    public async Task StatusOfACheck_IsNoDifference()
    {
        await using var from = await MigrationSide.StartAsync();
        await using var to = await MigrationSide.StartAsync();
        await WriteAsync(from, "health", "same", "passing");
        await WriteAsync(to, "health", "same", "critical");

        var result = await MigrationRuns.RunAsync(from, to, "--only", "nodes", "--overwrite");

        Assert.Equal((0, ""), (result.ExitCode, result.Error));
        Assert.Contains("0 replaced, 2 there already", result.Output, StringComparison.Ordinal);
        Assert.Equal("critical", Assert.Single((await to.Client.Health.NodeAsync("ext").WithinAsync()).Value).Status);
    }

    [Fact]
    public async Task NodeThatAnAgentRunsThere_IsLeftWithWhatBelongsToIt()
    {
        await using var from = await MigrationSide.StartAsync(node: "a");
        await using var to = await MigrationSide.StartAsync(node: "ext");
        await from.PutAsync("""{"Node":"ext","Address":"10.0.0.1","Service":{"Service":"pg"}}""", "catalog", "register");

        var result = await MigrationRuns.RunAsync(from, to, "--only", "nodes", "--overwrite");

        Assert.Equal(1, result.ExitCode);
        Assert.Equal(
            "Left as it is there: node ext, because an agent runs this node there\nLeft as it is there: service pg of node ext, as its node is\n", result.Error);
        Assert.Equal("127.0.0.1", (await to.Client.Catalog.NodeAsync("ext").WithinAsync()).Value!.Node!.Address);
        Assert.DoesNotContain("pg", (await to.Client.Catalog.ServicesAsync().WithinAsync()).Value.Keys);
    }

    private static Task<JsonNode?> WriteAsync(MigrationSide side, string what, string value, string status = "passing") => what switch
    {
        "config" => side.PutAsync($$"""{"Kind":"service-defaults","Name":"web","Protocol":"{{value}}"}""", "config"),
        "connect" => side.PostAsync($$"""{"SourceName":"a","DestinationName":"b","Action":"{{value}}"}""", "connect", "intentions"),
        "query" => side.PostAsync($$"""{"Name":"q","Service":{"Service":"{{value}}"} }""", "query"),
        _ => side.PutAsync($$"""{"Node":"ext","Address":"10.0.0.1","Check":{"CheckID":"up","Name":"up","Notes":"{{value}}","Status":"{{status}}"} }""", "catalog", "register"),
    };

    private static async Task DefineAsync(MigrationSide side)
    {
        await side.PutAsync("""{"Kind":"proxy-defaults","Name":"global","Config":{"protocol":"http","nothing":"","zero":0}}""", "config");
        await side.PutAsync("""{"Kind":"service-defaults","Name":"web","Protocol":"http","Meta":{"team":"x"}}""", "config");
        await side.PutAsync("""{"Kind":"service-resolver","Name":"web","DefaultSubset":"v1","Subsets":{"v1":{"Filter":"Service.Meta.v == 1"},"v2":{}}}""", "config");

        // Comes first in the list, and is refused until the one above is there.
        await side.PutAsync("""{"Kind":"service-resolver","Name":"api","Redirect":{"Service":"web","ServiceSubset":"v2"}}""", "config");
        await side.PutAsync("""{"Kind":"service-splitter","Name":"web","Splits":[{"Weight":90,"ServiceSubset":"v1"},{"Weight":10,"ServiceSubset":"v2"}]}""", "config");
        await side.PutAsync("""{"Kind":"service-router","Name":"web","Routes":[{"Match":{"HTTP":{"PathPrefix":"/a"}},"Destination":{"Service":"api"}}]}""", "config");
        await side.PostAsync("""{"SourceName":"web","DestinationName":"db","Action":"allow","Description":"d","Meta":{"k":"v"}}""", "connect", "intentions");
        await side.PostAsync("""{"SourceName":"*","DestinationName":"db","Action":"deny"}""", "connect", "intentions");
        await side.PutAsync(
            """
            {"ID":"4c5a5a6d-8d4f-4b7c-9a53-0d4b8a5b1c2d","Node":"db1","Address":"10.0.0.1","NodeMeta":{"external":"true"},
             "Service":{"ID":"pg1","Service":"pg","Tags":["primary"],"Port":5432,"Meta":{"v":"1"},"Weights":{"Passing":5,"Warning":1}},
             "Checks":[{"CheckID":"up","Name":"up","Status":"passing","Output":"fine","ServiceID":"pg1","Definition":{"TCP":"10.0.0.1:5432","Interval":"10s"}},
                       {"CheckID":"disk","Name":"disk","Status":"warning"}]}
            """,
            "catalog",
            "register");
        await side.PutAsync("""{"Name":"local"}""", "agent", "service", "register");
        await side.PostAsync("""{"Name":"db","Service":{"Service":"pg","Tags":["primary"],"Failover":{"Datacenters":["dc2"]}},"DNS":{"TTL":"5s"}}""", "query");
        await side.PostAsync("""{"Name":"geo-","Template":{"Type":"name_prefix_match"},"Service":{"Service":"${name.suffix}"}}""", "query");
        await side.PostAsync("""{"Template":{"Type":"name_prefix_match"},"Service":{"Service":"${name.full}"}}""", "query");
        var session = await side.PutAsync("{}", "session", "create");
        await side.PostAsync($$"""{"Name":"bound","Session":"{{session!["ID"]}}","Service":{"Service":"pg"} }""", "query");
    }
}
