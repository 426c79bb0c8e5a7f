using System.Text.Json.Nodes;
using Rollcall.TestKit;

namespace Rollcall.Conformance.Tests.Http;

/// <summary>A node's id is one node's alone.</summary>
public class NodeIdTests(Agents agents) : IClassFixture<Agents>
{
    [Theory]
    [OnEmbedded]
    [OnConsul]
    public async Task SameIdUnderAnotherName_RenamesTheNode_AndTakesWhatWasOnItAlong(AgentKind kind)
    {
        const string id = "11111111-aaaa-1111-1111-111111111111";
        var agent = await agents.GetAsync(kind);
        await agent.PutAsync("/v1/catalog/register", $$"""{"ID":"{{id}}","Node":"before","Address":"10.0.0.1","Service":{"Service":"renamed"},"Check":{"CheckID":"c","Name":"c"} }""");
        var made = await NodeAsync(agent, "before");

        await agent.PutAsync("/v1/catalog/register", $$"""{"ID":"{{id.ToUpperInvariant()}}","Node":"after","Address":"10.0.0.1"}""");

        var node = await NodeAsync(agent, "after");
        Assert.Null(await NodeAsync(agent, "before"));
        Assert.Equal((ulong)made!["CreateIndex"]!, (ulong)node!["CreateIndex"]!);
        Assert.Empty((await agent.GetAsync("/v1/catalog/service/renamed")).Json!.AsArray());
        Assert.Empty((await agent.GetAsync("/v1/health/node/before")).Json!.AsArray());
    }

    [Theory]
    [OnEmbedded]
    [OnConsul]
    public async Task SameIdUnderAnotherName_RenamesInTransactions_Too(AgentKind kind)
    {
        const string id = "22222222-aaaa-1111-1111-111111111111";
        var agent = await agents.GetAsync(kind);
        await agent.PutAsync("/v1/catalog/register", $$"""{"ID":"{{id}}","Node":"txn-before","Address":"10.0.0.1"}""");

        await agent.PutAsync("/v1/txn", $$$"""[{"Node":{"Verb":"set","Node":{"ID":"{{{id}}}","Node":"txn-after","Address":"10.0.0.1"} } }]""");

        Assert.Null(await NodeAsync(agent, "txn-before"));
        Assert.NotNull(await NodeAsync(agent, "txn-after"));

        // Who reads by id gets the node that has it.
        var found = await agent.PutAsync("/v1/txn", $$$"""[{"Node":{"Verb":"get","Node":{"ID":"{{{id}}}","Node":"other"} } }]""");
        Assert.Equal("txn-after", (string)found.Json!["Results"]![0]!["Node"]!["Node"]!);
    }

    [Theory]
    [OnEmbedded]
    [OnConsul]
    public async Task NameOfTheAgentsNode_IsNotGivenToAnotherId(AgentKind kind)
    {
        const string id = "33333333-aaaa-1111-1111-111111111111";
        var agent = await agents.GetAsync(kind);
        var config = (await agent.GetAsync("/v1/agent/self")).Json!["Config"]!;
        var (name, own) = ((string)config["NodeName"]!, (string)config["NodeID"]!);
        foreach (var asked in new[] { name, name.ToUpperInvariant() })
        {
            var reserved = $"Error while renaming Node ID: \"{id}\": Node name {asked} is reserved by node {own} with name {name} (127.0.0.1)";

            var answer = await agent.SendAsync("PUT", "/v1/catalog/register", $$"""{"ID":"{{id}}","Node":"{{asked}}","Address":"10.6.6.6"}""");
            Assert.Equal((500, $"failed inserting node: {reserved}"), (answer.Status, answer.Text));

            var txn = await agent.SendAsync("PUT", "/v1/txn", $$$"""[{"Node":{"Verb":"set","Node":{"ID":"{{{id}}}","Node":"{{{asked}}}","Address":"10.6.6.6"} } }]""");
            Assert.Equal((409, reserved), (txn.Status, (string)txn.Json!["Errors"]![0]!["What"]!));
        }

        Assert.Equal("127.0.0.1", (string)(await NodeAsync(agent, name))!["Address"]!);
    }

    [Theory]
    [OnEmbedded]
    [OnConsul]
    public async Task NameOfANode_IsFreeForAnotherId_OnceItsAgentIsGone(AgentKind kind)
    {
        const string first = "44444444-aaaa-1111-1111-111111111111";
        const string second = "55555555-aaaa-1111-1111-111111111111";
        var agent = await agents.GetAsync(kind);
        string Body(string id, string more = "") => $$"""{"ID":"{{id}}","Node":"leaver","Address":"10.0.0.1"{{more}}}""";
        await agent.PutAsync("/v1/catalog/register", $$"""{"ID":"{{second}}","Node":"leaver-2","Address":"10.0.0.1"}""");
        await agent.PutAsync("/v1/catalog/register", Body(first, ",\"Check\":{\"CheckID\":\"serfHealth\",\"Name\":\"s\",\"Status\":\"warning\"}"));

        var refused = await agent.SendAsync("PUT", "/v1/catalog/register", Body(second));
        Assert.Equal(
            $"failed inserting node: Error while renaming Node ID: \"{second}\" (10.0.0.1): Node name leaver is reserved by node {first} with name leaver (10.0.0.1)", refused.Text);
        Assert.NotNull(await NodeAsync(agent, "leaver-2"));

        await agent.PutAsync("/v1/catalog/register", Body(first, ",\"Check\":{\"CheckID\":\"serfHealth\",\"Name\":\"s\",\"Status\":\"critical\"}"));
        await agent.PutAsync("/v1/catalog/register", Body(second));
        Assert.Equal(second, (string)(await NodeAsync(agent, "leaver"))!["ID"]!);
        Assert.Null(await NodeAsync(agent, "leaver-2"));
    }

    [Theory]
    [OnEmbedded]
    [OnConsul]
    public async Task OwnNodeThatWasRenamed_ComesBack(AgentKind kind)
    {
        // An agent of its own: the others' tests ask for its node.
        await using var agent = kind == AgentKind.Embedded ? await TestedAgent.StartEmbeddedAsync() : await TestedAgent.StartConsulAsync();
        var config = (await agent.GetAsync("/v1/agent/self")).Json!["Config"]!;
        await agent.PutAsync("/v1/catalog/register", $$"""{"ID":"{{(string)config["NodeID"]!}}","Node":"taken","Address":"10.0.0.1"}""");
        Assert.Null(await NodeAsync(agent, (string)config["NodeName"]!));

        // The next registration brings the node along.
        await agent.RegisterAsync("back", "back-1");
        await Eventually.TrueAsync(async () => await NodeAsync(agent, (string)config["NodeName"]!) is not null && await NodeAsync(agent, "taken") is null);
    }

    [Theory]
    [OnEmbedded]
    [OnConsul]
    public async Task CheckOfAnotherNode_IsRefused_AndNothingIsWritten(AgentKind kind)
    {
        var agent = await agents.GetAsync(kind);
        foreach (var other in new[] { "other", "NX" })
        {
            var answer = await agent.SendAsync(
                "PUT", "/v1/catalog/register", $$"""{"Node":"nx","Address":"10.0.0.1","Service":{"Service":"nx"},"Check":{"Node":"{{other}}","CheckID":"c","Name":"c"} }""");

            Assert.Equal((500, $"check node \"{other}\" does not match node \"nx\""), (answer.Status, answer.Text));
            Assert.Null(await NodeAsync(agent, "nx"));
        }

        await agent.PutAsync("/v1/catalog/register", """{"Node":"nx","Address":"10.0.0.1","Checks":[{"Node":"nx","CheckID":"c","Name":"c"},{"CheckID":"d","Name":"d"}]}""");
    }

    private static async Task<JsonNode?> NodeAsync(TestedAgent agent, string name) => (await agent.GetAsync($"/v1/catalog/node/{name}")).Json?["Node"];
}
