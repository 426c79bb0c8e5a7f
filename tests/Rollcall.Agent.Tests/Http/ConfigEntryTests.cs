using System.Net;
using System.Text.Json.Nodes;
using Rollcall.TestKit;

namespace Rollcall.Agent.Tests.Http;

public sealed class ConfigEntryTests : IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("rollcall-").FullName;

    [Fact]
    public async Task Entries_AreThereAfterARestart()
    {
        await using (var before = await AgentFixture.StartAsync(_directory))
        {
            await before.PutAsync("config", """{"Kind":"service-defaults","Name":"web","Protocol":"grpc","Meta":{"k":"v"}}""");
            await before.PutAsync("config", """{"Kind":"proxy-defaults","Name":"global","Config":{"b":[1,"x"],"a":{}}}""");
            await before.PutAsync("config", """{"Kind":"service-defaults","Name":"gone","Protocol":"grpc"}""");
            Assert.Equal("{}", (await before.SendAsync("DELETE", "config/service-defaults/gone")).Body);
        }

        await using var after = await AgentFixture.StartAsync(_directory);

        Assert.Single((await after.GetAsync("config/service-defaults")).Json!.AsArray());
        Assert.StartsWith(
            """{"Kind":"service-defaults","Name":"web","Protocol":"grpc","MeshGateway":{},"Expose":{},"Meta":{"k":"v"},""",
            (await after.GetAsync("config/service-defaults/web")).Body,
            StringComparison.Ordinal);
        Assert.Contains("""
            "Config":{"a":{},"b":[1,"x"]}
            """, (await after.GetAsync("config/proxy-defaults/global")).Body, StringComparison.Ordinal);
    }

    [Fact]
    public async Task NewEntry_WakesWhoWaits()
    {
        await using var agent = await AgentFixture.StartAsync();
        await agent.PutAsync("config", """{"Kind":"service-defaults","Name":"a"}""");
        var pending = await agent.BlockAsync("config/service-defaults", await agent.IndexAsync("config/service-defaults"));

        await agent.PutAsync("config", """{"Kind":"service-defaults","Name":"b"}""");

        Assert.Equal(2, (await pending.WithinAsync()).Json!.AsArray().Count);
    }

    [Fact]
    public async Task GatewayOfTheOtherKind_KeepsItsName()
    {
        await using var agent = await AgentFixture.StartAsync();
        await agent.PutAsync("config", """{"Kind":"ingress-gateway","Name":"a"}""");

        var answer = await agent.SendAsync("PUT", "config", """{"Kind":"terminating-gateway","Name":"A"}""");

        Assert.Equal(HttpStatusCode.InternalServerError, answer.Status);
        Assert.Equal("""cannot create a "terminating-gateway" config entry with name "A", a "ingress-gateway" config entry with that name already exists""", answer.Body);
    }

    [Theory]
    [InlineData("""{"Kind":"service-router","Name":"a","Routes":[{"Match":{"HTTP":{"Methods":["get"]}},"Destination":{"request_timeout":1500000000}}]}""",
        """{"Kind":"service-router","Name":"a","Routes":[{"Match":{"HTTP":{"Methods":["GET"]}},"Destination":{"RequestTimeout":"1.5s","Namespace":"default"}}],""")]
    [InlineData("""{"Kind":"service-splitter","Name":"a","Splits":[{"Weight":33.333,"Service":"b"},{"Weight":"66.67"}]}""",
        """{"Kind":"service-splitter","Name":"a","Splits":[{"Weight":33.33,"Service":"b"},{"Weight":66.67}],""")]
    [InlineData("""{"Kind":"service-resolver","Name":"a","connect_timeout":"15s","Subsets":{"v2":{"OnlyPassing":true},"v1":null}}""",
        """{"ConnectTimeout":"15s","Kind":"service-resolver","Name":"a","Subsets":{"v1":{},"v2":{"OnlyPassing":true}},""")]
    [InlineData("""{"Kind":"ingress-gateway","Name":"a","Listeners":{"Port":"80","Protocol":"HTTP","Services":{"Name":"b"}}}""",
        """{"Kind":"ingress-gateway","Name":"a","TLS":{"Enabled":false},"Listeners":[{"Port":80,"Protocol":"http","Services":[{"Name":"b","Hosts":null}]}],""")]
    [InlineData("""{"Kind":"terminating-gateway","Name":"a","Services":[{"Name":"b","ca_file":"/c"}],"Meta":{"k":1}}""",
        """{"Kind":"terminating-gateway","Name":"a","Services":[{"Name":"b","CAFile":"/c"}],"Meta":{"k":"1"},""")]
    public async Task EntryOfTheMesh_IsKeptInItsUsualForm(string sent, string shown)
    {
        await using (var before = await AgentFixture.StartAsync(_directory))
        {
            await before.PutAsync("config", """{"Kind":"proxy-defaults","Config":{"protocol":"http"}}""");
            await before.PutAsync("config", sent);
        }

        await using var after = await AgentFixture.StartAsync(_directory);

        var kind = JsonNode.Parse(sent)!["Kind"]!.GetValue<string>();
        Assert.StartsWith($"[{shown}\"CreateIndex\":", (await after.GetAsync($"config/{kind}")).Body, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("""{"Kind":"service-splitter","Name":"a","Splits":[{"Weight":10}]}""", "the sum of all split weights must be 100, not 10.000000")]
    [InlineData("""{"Kind":"service-resolver","Name":"a","Redirect":{}}""", "Redirect is empty")]
    [InlineData("""{"Kind":"service-router","Name":"a","Routes":[{"Match":{"HTTP":{"PathExact":"x"}}}]}""", "Route[0] PathExact doesn't start with '/': \"x\"")]
    public async Task WrongEntry_IsRefusedWithTheReason(string sent, string fault)
    {
        await using var agent = await AgentFixture.StartAsync();

        var answer = await agent.SendAsync("PUT", "config", sent);

        Assert.Equal((HttpStatusCode.InternalServerError, fault), (answer.Status, answer.Body));
    }

    public void Dispose() => Directory.Delete(_directory, recursive: true);
}
