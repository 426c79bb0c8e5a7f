using System.Text.Json.Nodes;
using Rollcall.Agent.Acl;
using Rollcall.Consul.Wire;

namespace Rollcall.Agent.Tests.Acl;

/// <summary>A filter says nothing of what its sender may not read: it is asked of what the sender's own list shows, and of nothing else.</summary>
public sealed class FilteredListsTests
{
    private const string Master = "aaaaaaaa-0000-0000-0000-000000000001";
    private const string Reader = "bbbbbbbb-0000-0000-0000-000000000001";

    // The path, what the filter names, and where that stands in the answer: in which rows, and in a row.
    private static readonly (string Path, string Selector, string Rows, string Field)[] s_lists =
    [
        ("agent/services", "Meta.pw", "", "Meta.pw"),
        ("agent/checks", "Notes", "", "Notes"),
        ("catalog/nodes", "Meta.pw", "", "Meta.pw"),
        ("catalog/node/n1", "Meta.pw", "Services", "Meta.pw"),
        ("catalog/node/n2", "Meta.pw", "Services", "Meta.pw"),
        ("catalog/node-services/n1", "Meta.pw", "Services", "Meta.pw"),
        ("catalog/node-services/n2", "Meta.pw", "Services", "Meta.pw"),
        ("catalog/service/open", "NodeMeta.pw", "", "NodeMeta.pw"),
        ("catalog/service/hidden", "ServiceMeta.pw", "", "ServiceMeta.pw"),
        ("health/service/open", "Checks.Notes", "", "Checks.Notes"),
        ("health/service/hidden", "Service.Meta.pw", "", "Service.Meta.pw"),
        ("health/node/n1", "Notes", "", "Notes"),
        ("health/node/n2", "Notes", "", "Notes"),
        ("health/checks/open", "Notes", "", "Notes"),
        ("health/checks/hidden", "Notes", "", "Notes"),
        ("health/state/any", "Notes", "", "Notes"),
        ("internal/ui/services", "Service.Service", "", "Name"),
        ("internal/ui/nodes", "Meta.pw", "", "Meta.pw"),
        ("internal/ui/nodes", "Services.Meta.pw", "", "Services.Meta.pw"),
        ("internal/ui/nodes", "Checks.Notes", "", "Checks.Notes"),
        ("connect/intentions", "DestinationName", "", "DestinationName"),
    ];

    [Theory]
    [InlineData("""node_prefix "" { policy = "read" }""")]
    [InlineData("""service_prefix "" { policy = "read" }""")]
    [InlineData("""node "n1" { policy = "read" } service "open" { policy = "read" }""")]
    public async Task FilteredList_IsThatOfWhatTheTokenSees(string rules)
    {
        await using var agent = await AgentFixture.StartAsync(acl: new AclOptions { Enabled = true, AllowByDefault = false, MasterToken = Master });
        agent.Token = Master;
        await agent.PutAsync("agent/service/register", """{"Name":"open","Meta":{"pw":"open-n1"},"Check":{"TTL":"10h","Notes":"check open-n1"}}""");
        await agent.PutAsync("agent/service/register", """{"Name":"hidden","Meta":{"pw":"hidden-n1"},"Check":{"TTL":"10h","Notes":"check hidden-n1"}}""");
        await agent.PutAsync("agent/check/register", """{"Name":"node","TTL":"10h","Notes":"check n1"}""");
        await agent.PutAsync("catalog/register", Elsewhere("open"));
        await agent.PutAsync("catalog/register", Elsewhere("hidden"));
        await agent.SendAsync("POST", "connect/intentions", """{"SourceName":"a","DestinationName":"open","Action":"allow"}""");
        await agent.SendAsync("POST", "connect/intentions", """{"SourceName":"a","DestinationName":"hidden","Action":"allow"}""");
        await agent.PutAsync("acl/policy", new JsonObject { ["Name"] = "reader", ["Rules"] = rules }.ToJsonString());
        await agent.PutAsync("acl/token", $$"""{"AccessorID":"{{Reader}}","SecretID":"{{Reader}}","Policies":[{"Name":"reader"}]}""");

        foreach (var (path, selector, rows, field) in s_lists)
        {
            agent.Token = Master;
            var values = Rows(await agent.GetAsync(path), rows).SelectMany(row => Values(row, field)).Distinct().ToList();
            Assert.NotEmpty(values);
            agent.Token = Reader;
            var seen = Rows(await agent.GetAsync(path), rows);
            foreach (var value in values)
            {
                var filtered = Rows(await agent.GetAsync($"{path}?filter={Uri.EscapeDataString($"{selector} == \"{value}\"")}"), rows);
                var expected = seen.Where(row => Values(row, field).Contains(value));
                Assert.Equal(
                    (path, value, string.Join('\n', expected.Select(static row => row.ToJsonString()))),
                    (path, value, string.Join('\n', filtered.Select(static row => row.ToJsonString()))));
            }
        }
    }

    [Fact]
    public void WhatMayNotBeSeen_IsNotAskedFor()
    {
        var asked = new List<string>();
        var none = AclFilter.Narrow<NodeService>(Authorizer.None, service => Note(service.Id));
        var local = AclFilter.NarrowLocal(Authorizer.None, check => Note(check.CheckId));

        Assert.False(none(new NodeService { Id = "s", Service = "s" }));
        Assert.False(local(new HealthCheck { CheckId = "c", ServiceName = "s" }));
        Assert.Empty(asked);

        bool Note(string id)
        {
            asked.Add(id);
            return true;
        }
    }

    private static string Elsewhere(string service) =>
        $$"""
        {"Node":"n2","Address":"10.0.0.2","NodeMeta":{"pw":"n2"},"Service":{"Service":"{{service}}","Meta":{"pw":"{{service}}-n2"} },
         "Checks":[{"CheckID":"n","Notes":"check n2"},{"CheckID":"{{service}}","ServiceID":"{{service}}","Notes":"check {{service}}-n2"}]}
        """;

    private static List<JsonNode> Rows(AgentFixture.Answer answer, string below)
    {
        Assert.Equal(200, (int)answer.Status);
        var list = below.Length > 0 ? answer.Json?[below] : answer.Json;
        return list switch
        {
            null => [],
            JsonArray array => [.. array.Select(static row => row!)],
            _ => [.. list.AsObject().Select(static pair => pair.Value!)],
        };
    }

    private static IEnumerable<string> Values(JsonNode? node, string field) => node switch
    {
        null => [],
        JsonArray array => array.SelectMany(item => Values(item, field)),
        _ when field.Length > 0 => Values(node[field.Split('.', 2)[0]], field.Contains('.') ? field.Split('.', 2)[1] : ""),
        _ => [node.GetValue<string>()],
    };
}
