namespace Rollcall.Conformance.Tests.Http;

public class TransactionTests(Agents agents) : IClassFixture<Agents>
{
    public static IEnumerable<string> Checks =>
    [
        """ "Definition":{"HTTP":"http://127.0.0.1:1","Interval":"5s"} """, """ "Definition":{"TCP":"127.0.0.1:1"} """, """ "Type":"ttl" """, """ "Type":"http","Definition":{"HTTP":"http://127.0.0.1:1"},"Namespace":"x" """,
    ];

    [Theory]
    [OnEmbedded(nameof(Checks))]
    [OnConsul(nameof(Checks))]
    public async Task CheckOfATransaction_HasNoType(AgentKind kind, string check)
    {
        var agent = await agents.GetAsync(kind);
        _ = await agent.PutAsync("/v1/catalog/register", """{"Node":"other","Address":"10.0.0.1"}""");

        var answer = await agent.PutAsync("/v1/txn", $$$$"""[{"Check":{"Verb":"set","Check":{"Node":"other","CheckID":"c","Name":"c",{{{{check}}}}}}}]""");

        Assert.Equal("", (string)answer.Json!["Results"]![0]!["Check"]!["Type"]!);
        Assert.Equal("", (string)(await agent.GetAsync("/v1/health/node/other")).Json![0]!["Type"]!);
    }

    /// <summary>A check as it is registered by itself, and its type.</summary>
    private static readonly Dictionary<string, string> s_types = new(StringComparer.Ordinal)
    {
        [""" "Type":"x","Definition":{"HTTP":"http://127.0.0.1:1","Interval":"5s"} """] = "x",
        [""" "Definition":{"HTTP":"http://127.0.0.1:1","Interval":"5s"} """] = "http",
        [""" "Definition":{"HTTP":"http://127.0.0.1:1","Interval":5000000000} """] = "http",
        [""" "Definition":{"HTTP":"http://127.0.0.1:1"} """] = "",
        [""" "Definition":{"HTTP":"http://127.0.0.1:1","Interval":"-5s"} """] = "",
        [""" "Definition":{"TCP":"127.0.0.1:1","Interval":"5s"} """] = "tcp",
        [""" "Definition":{"TCP":"127.0.0.1:1"} """] = "",
        [""" "Definition":{"TTL":"5s"} """] = "ttl",
        [""" "Definition":{"TTL":"5s","TCP":"127.0.0.1:1","Interval":"5s"} """] = "ttl",
        [""" "Definition":{"TTL":"5s","HTTP":"http://127.0.0.1:1","Interval":"5s"} """] = "http",
        [""" "Definition":{"TTL":"0s"} """] = "",
    };

    public static IEnumerable<string> Types => s_types.Keys;

    [Theory]
    [OnEmbedded(nameof(Types))]
    [OnConsul(nameof(Types))]
    public async Task CheckByItself_HasTheTypeOfWhatCouldBeRun(AgentKind kind, string check)
    {
        var agent = await agents.GetAsync(kind);
        var id = $"c{s_types.Keys.ToList().IndexOf(check)}";

        _ = await agent.PutAsync("/v1/catalog/register", $$$"""{"Node":"typed","Address":"10.0.0.1","Check":{"CheckID":"{{{id}}}","Name":"c",{{{check}}}}}""");

        Assert.Equal(s_types[check], (string)(await agent.GetAsync($"/v1/health/node/typed?filter=CheckID=={id}")).Json![0]!["Type"]!);
    }

    public static IEnumerable<string> Absent =>
    [
        """ "Node":{"Verb":"delete-cas","Node":{"Node":"zz","ModifyIndex":0}} """,
        """ "Service":{"Verb":"delete-cas","Node":"other","Service":{"ID":"zz","Service":"zz","ModifyIndex":0}} """,
        """ "Service":{"Verb":"delete-cas","Node":"zz","Service":{"ID":"zz","Service":"zz","ModifyIndex":0}} """,
        """ "Check":{"Verb":"delete-cas","Check":{"Node":"other","CheckID":"zz","ModifyIndex":0}} """,
    ];

    [Theory]
    [OnEmbedded(nameof(Absent))]
    [OnConsul(nameof(Absent))]
    public async Task DeleteWithIndex_OfWhatIsNotThere_IsStale(AgentKind kind, string operation)
    {
        var agent = await agents.GetAsync(kind);
        _ = await agent.PutAsync("/v1/catalog/register", """{"Node":"other","Address":"10.0.0.1"}""");

        var answer = await agent.SendAsync("PUT", "/v1/txn", $$"""[{ {{operation}} }]""");

        Assert.Equal(409, answer.Status);
        Assert.EndsWith(", index is stale", (string)answer.Json!["Errors"]![0]!["What"]!, StringComparison.Ordinal);
    }

    [Theory]
    [OnEmbedded]
    [OnConsul]
    public async Task FieldsThatOnlyOthersHave_AreTakenInAService(AgentKind kind)
    {
        var agent = await agents.GetAsync(kind);
        _ = await agent.PutAsync("/v1/catalog/register", """{"Node":"other","Address":"10.0.0.1"}""");

        _ = await agent.PutAsync("/v1/txn", """[{"Service":{"Verb":"set","Node":"other","Service":{"Service":"s","ID":"s","ContentHash":"x","Namespace":"x","CreateIndex":5}}}]""");
    }

    [Theory]
    [OnEmbedded]
    [OnConsul]
    public async Task TagsThatWereNotGiven_AreNull(AgentKind kind)
    {
        var agent = await agents.GetAsync(kind);
        _ = await agent.PutAsync("/v1/catalog/register", """{"Node":"untagged","Address":"10.0.0.1","Service":{"Service":"s"},"Checks":[{"CheckID":"n","Name":"n"},{"CheckID":"s","Name":"s","ServiceID":"s"}]}""");

        var answer = await agent.PutAsync("/v1/txn", """
            [{"Check":{"Verb":"get","Check":{"Node":"untagged","CheckID":"n"}}},{"Check":{"Verb":"get","Check":{"Node":"untagged","CheckID":"s"}}},
             {"Service":{"Verb":"get","Node":"untagged","Service":{"ID":"s"}}}]
            """);
        var results = answer.Json!["Results"]!.AsArray();

        Assert.All([results[0]!["Check"]!, results[1]!["Check"]!], static check => Assert.True(check.AsObject().TryGetPropertyValue("ServiceTags", out var tags) && tags is null));
        Assert.True(results[2]!["Service"]!.AsObject().TryGetPropertyValue("Tags", out var none) && none is null);
    }
}
