using Rollcall.TestKit;

namespace Rollcall.Conformance.Tests.Snapshots;

/// <summary>Archives of each agent restored into the other. Each test has agents of its own, because it replaces all they hold.</summary>
public sealed class SnapshotTests
{
    private static readonly string[] s_reads =
    [
        "/v1/kv/?recurse", "/v1/catalog/node/ext", "/v1/health/service/ext-svc", "/v1/catalog/service/ext-svc", "/v1/health/node/ext", "/v1/session/node/ext", "/v1/query",
        "/v1/operator/autopilot/configuration",
    ];

    [RequiresConsulFact]
    public async Task ArchiveOfConsul_IsRestoredHere()
    {
        await using var consul = await TestedAgent.StartConsulAsync();
        await using var embedded = await TestedAgent.StartEmbeddedAsync();
        await MoveAsync(consul, embedded);
    }

    [RequiresConsulFact]
    public async Task ArchiveOfOurs_IsRestoredInConsul()
    {
        await using var consul = await TestedAgent.StartConsulAsync();
        await using var embedded = await TestedAgent.StartEmbeddedAsync();
        await MoveAsync(embedded, consul);
    }

    [RequiresConsulFact]
    public async Task ConsulsOwnCommand_SavesInspectsAndRestores()
    {
        await using var embedded = await TestedAgent.StartEmbeddedAsync();
        await FillAsync(embedded);
        var directory = Directory.CreateTempSubdirectory("rollcall-");
        try
        {
            var file = Path.Combine(directory.FullName, "s.tgz");
            Assert.Matches(@"^Saved and verified snapshot to index \d+\n$", await RunAsync("snapshot", "save", file));
            Assert.Matches(@"(?m)^Version +1$", await RunAsync("snapshot", "inspect", file));
            await embedded.SendAsync("DELETE", "/v1/kv/?recurse");

            Assert.Equal("Restored snapshot\n", await RunAsync("snapshot", "restore", file));

            Assert.Equal("bytes", (await embedded.GetAsync("/v1/kv/a/b?raw")).Text);
        }
        finally
        {
            directory.Delete(recursive: true);
        }

        async Task<string> RunAsync(params string[] arguments)
        {
            var output = await RealConsul.RunCommandAsync(embedded.Address, arguments);
            Assert.True(output.ExitCode == 0, output.Error);
            return output.Output;
        }
    }

    private static async Task MoveAsync(TestedAgent from, TestedAgent to)
    {
        await FillAsync(from);
        var expected = new List<string>();
        foreach (var path in s_reads)
        {
            expected.Add((await from.GetAsync(path)).Json!.ToJsonString());
        }

        _ = await to.PutAsync("/v1/kv/gone", "x");
        var archive = await from.GetAsync("/v1/snapshot");
        Assert.Equal((200, "application/x-gzip"), (archive.Status, archive.Header("Content-Type")));

        await to.Client.Snapshot.RestoreAsync(archive.Body);

        for (var i = 0; i < s_reads.Length; i++)
        {
            Assert.Equal(expected[i], (await to.GetAsync(s_reads[i])).Json!.ToJsonString());
        }

        // What is its own comes back by itself, sooner or later; and it goes on working.
        var node = (await to.GetAsync("/v1/agent/self")).Json!["Config"]!["NodeName"]!.GetValue<string>();
        await Eventually.TrueAsync(async () => (await to.GetAsync($"/v1/health/node/{node}")).Text.Contains("serfHealth", StringComparison.Ordinal), TimeSpan.FromSeconds(60));
        _ = await to.PutAsync("/v1/kv/after", "y");
        Assert.Equal("y", (await to.GetAsync("/v1/kv/after?raw")).Text);
    }

    private static async Task FillAsync(TestedAgent agent)
    {
        _ = await agent.PutAsync("/v1/kv/a/b?flags=18446744073709551615", "bytes");
        _ = await agent.PutAsync("/v1/kv/empty");
        _ = await agent.PutAsync("/v1/kv/long", new string('v', 70_000));
        _ = await agent.PutAsync(
            "/v1/catalog/register",
            """
            {"Node":"ext","Address":"10.0.0.1","ID":"11111111-2222-3333-4444-555555555555","TaggedAddresses":{"lan":"10.0.0.2"},"NodeMeta":{"x":"y"},
             "Service":{"Service":"ext-svc","ID":"ext-1","Tags":["a","b"],"Port":8080,"Address":"10.0.0.3","Meta":{"k":"v"},"Weights":{"Passing":3,"Warning":2},
                        "TaggedAddresses":{"wan":{"Address":"1.2.3.4","Port":99}},"EnableTagOverride":true},
             "Checks":[{"CheckID":"c","Name":"of the service","Status":"passing","ServiceID":"ext-1","Notes":"n","Output":"o"},
                       {"CheckID":"n","Name":"of the node","Status":"warning",
                        "Definition":{"HTTP":"http://x","Interval":"10s","Timeout":"1s","Header":{"A":["b","c"]},"Method":"GET","TLSSkipVerify":true}}]}
            """);
        var session = (await agent.PutAsync(
            "/v1/session/create", """{"Name":"s","Node":"ext","NodeChecks":["n"],"ServiceChecks":[{"ID":"c"}],"Behavior":"delete","LockDelay":"7s"}""")).Json!["ID"]!.GetValue<string>();
        Assert.Equal("true", (await agent.PutAsync($"/v1/kv/locked?acquire={session}", "held")).Text.Trim());
        var query = await agent.SendAsync(
            "POST",
            "/v1/query",
            """
            {"Name":"geo-","Token":"t","Template":{"Type":"name_prefix_match","Regexp":"(.)$","RemoveEmptyTags":true},"DNS":{"TTL":"9s"},
             "Service":{"Service":"${match(1)}","Tags":["a","!b"],"NodeMeta":{"k":"v"},"ServiceMeta":{"k":"w"},"OnlyPassing":true,"IgnoreCheckIDs":["i"],"Near":"_agent",
                        "Failover":{"NearestN":2,"Datacenters":["dc2"]}}}
            """);
        Assert.Equal(200, query.Status);
        _ = await agent.PutAsync("/v1/operator/autopilot/configuration", """{"LastContactThreshold":"7s","MaxTrailingLogs":70000,"MinQuorum":3}""");
    }
}
