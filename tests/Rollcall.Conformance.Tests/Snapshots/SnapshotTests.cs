using System.Text.Json;
using System.Text.RegularExpressions;
using Rollcall.Agent;
using Rollcall.Conformance.Tests.Acl;
using Rollcall.Consul;
using Rollcall.Consul.Wire;
using Rollcall.TestKit;

namespace Rollcall.Conformance.Tests.Snapshots;

/// <summary>Archives of each agent restored into the other. Each test has agents of its own, because it replaces all they hold.</summary>
public sealed partial class SnapshotTests
{
    private static readonly string[] s_reads =
    [
        "/v1/kv/?recurse", "/v1/catalog/node/ext", "/v1/health/service/ext-svc", "/v1/catalog/service/ext-svc", "/v1/catalog/service/ext-proxy", "/v1/catalog/service/ext-native", "/v1/catalog/service/ext-gw", "/v1/health/node/ext", "/v1/session/node/ext", "/v1/query",
        "/v1/operator/autopilot/configuration", "/v1/connect/intentions", "/v1/config/",
    ];

    private static readonly string[] s_entries =
    [
        """{"Kind":"proxy-defaults","Name":"global","Config":{"protocol":"http","a":1.5,"b":{"c":[true,"x"]}},"MeshGateway":{"Mode":"local"},"Expose":{"Checks":true}}""",
        """{"Kind":"service-defaults","Name":"Web","Protocol":"http","ExternalSNI":"s","Meta":{"m":"1"},"Expose":{"Paths":[{"ListenerPort":70000,"Path":"/a","ParsedFromCheck":true},{"Path":"/b"}]}}""",
        """
        {"Kind":"service-router","Name":"r","Routes":[{"Match":{"HTTP":{"PathPrefix":"/b","Header":[{"Name":"x","Exact":"y","Invert":true}],"QueryParam":[{"Name":"q","Present":true}],"Methods":["get"]}},
         "Destination":{"Service":"s","PrefixRewrite":"/","RequestTimeout":"3s","NumRetries":5,"RetryOnConnectFailure":true,"RetryOnStatusCodes":[500,401]}},{}]}
        """,
        """{"Kind":"service-router","Name":"none","Routes":[]}""",
        """{"Kind":"service-splitter","Name":"s","Splits":[{"Weight":33.33,"Service":"a"},{"Weight":66.67,"Service":"b"}]}""",
        """
        {"Kind":"service-resolver","Name":"v","DefaultSubset":"v1","ConnectTimeout":"15s","Subsets":{"v1":{"Filter":"Service.Meta.version == v1"},"v2":{"OnlyPassing":true}},
         "Failover":{"v2":{"Service":"o","Datacenters":["dc2","dc3"]},"*":{"Datacenters":["dc2"]}}}
        """,
        """{"Kind":"service-resolver","Name":"v2","Redirect":{"Service":"x","Datacenter":"dc9"}}""",
        """{"Kind":"ingress-gateway","Name":"i","TLS":{"Enabled":true},"Listeners":[{"Port":8080,"Protocol":"http","Services":[{"Name":"web","Hosts":["a.com"]},{"Name":"q"}]}]}""",
        """{"Kind":"terminating-gateway","Name":"t","Services":[{"Name":"web","CAFile":"/ca","CertFile":"/c","KeyFile":"/k","SNI":"s"},{"Name":"*"}],"Meta":{"a":"b"}}""",
    ];

    private static readonly string[] s_services =
    [
        """
        {"Service":"ext-proxy","Kind":"connect-proxy","Port":81,"Proxy":{"DestinationServiceName":"ext-svc","DestinationServiceID":"ext-1","LocalServiceAddress":"127.0.0.1","LocalServicePort":80,
         "Config":{"b":1,"a":1.5,"c":{"x":[1,"y",true]},"big":12345678901},"MeshGateway":{"Mode":"remote"},"Expose":{"Checks":true,"Paths":[{"ListenerPort":1,"Path":"/x","LocalPathPort":2,"Protocol":"http2","ParsedFromCheck":true}]},
         "Upstreams":[{"DestinationName":"db","LocalBindPort":91},{"DestinationType":"prepared_query","DestinationName":"q","Datacenter":"dc2","LocalBindAddress":"127.1.1.1","LocalBindPort":92,"Config":{"z":1},"MeshGateway":{"Mode":"local"}}]}}
        """,
        """{"Service":"ext-native","Port":82,"Connect":{"Native":true}}""",
        """{"Service":"ext-gw","Kind":"mesh-gateway","Port":443,"Meta":{"consul-wan-federation":"1"}}""",
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

    /// <summary>A check may name its node in other letters than the node is registered with. Consul ends at the restore of its own snapshot of that.</summary>
    [RequiresConsulFact]
    public async Task CheckThatNamesItsNodeInOtherLetters_IsRestoredHereAndInConsul()
    {
        await using var consul = await TestedAgent.StartConsulAsync();
        await using var embedded = await TestedAgent.StartEmbeddedAsync();
        foreach (var agent in (TestedAgent[])[consul, embedded])
        {
            _ = await agent.PutAsync("/v1/catalog/register", """{"Node":"letters","Address":"10.0.0.1","Service":{"Service":"web"}}""");
            _ = await agent.PutAsync("/v1/catalog/register", """{"Node":"LETTERS","Address":"10.0.0.1","SkipNodeUpdate":true,"Check":{"CheckID":"c","Name":"c","Status":"passing","ServiceID":"web"}}""");
            Assert.Equal("LETTERS", await NameAsync(agent));
        }

        // Of either, again and again.
        var archive = (await consul.GetAsync("/v1/snapshot")).Body;
        for (var i = 0; i < 2; i++)
        {
            await embedded.Client.Snapshot.RestoreAsync(archive);
            Assert.Equal("letters", await NameAsync(embedded));
            archive = (await embedded.GetAsync("/v1/snapshot")).Body;
        }

        _ = await embedded.PutAsync("/v1/catalog/register", """{"Node":"Letters","Address":"10.0.0.1","SkipNodeUpdate":true,"Check":{"CheckID":"c","Name":"c","Status":"warning","ServiceID":"web"}}""");
        Assert.Equal("Letters", await NameAsync(embedded));
        await consul.Client.Snapshot.RestoreAsync((await embedded.GetAsync("/v1/snapshot")).Body);
        Assert.Equal("letters", await NameAsync(consul));

        static async Task<string> NameAsync(TestedAgent agent) => (string)Assert.Single((await agent.GetAsync("/v1/health/checks/web")).Json!.AsArray())!["Node"]!;
    }

    private static async Task MoveAsync(TestedAgent from, TestedAgent to)
    {
        await FillAsync(from);
        var expected = new List<string>();
        foreach (var path in s_reads)
        {
            expected.Add(Comparable(await from.GetAsync(path)));
        }

        _ = await to.PutAsync("/v1/kv/gone", "x");
        var archive = await from.GetAsync("/v1/snapshot");
        Assert.Equal((200, "application/x-gzip"), (archive.Status, archive.Header("Content-Type")));

        await to.Client.Snapshot.RestoreAsync(archive.Body);

        for (var i = 0; i < s_reads.Length; i++)
        {
            Assert.Equal(expected[i], Comparable(await to.GetAsync(s_reads[i])));
        }

        // What is its own comes back by itself, sooner or later; and it goes on working.
        var node = (await to.GetAsync("/v1/agent/self")).Json!["Config"]!["NodeName"]!.GetValue<string>();
        await Eventually.TrueAsync(async () => (await to.GetAsync($"/v1/health/node/{node}")).Text.Contains("serfHealth", StringComparison.Ordinal), TimeSpan.FromSeconds(60));
        _ = await to.PutAsync("/v1/kv/after", "y");
        Assert.Equal("y", (await to.GetAsync("/v1/kv/after?raw")).Text);
    }

    [RequiresConsulFact]
    public async Task AccessRulesOfConsul_AreRestoredHere()
    {
        await using var consul = await StartWithRulesAsync(AgentKind.Consul);
        await using var embedded = await StartWithRulesAsync(AgentKind.Embedded);
        await MoveRulesAsync(consul, embedded);
    }

    [RequiresConsulFact]
    public async Task AccessRulesOfOurs_AreRestoredInConsul()
    {
        await using var consul = await StartWithRulesAsync(AgentKind.Consul);
        await using var embedded = await StartWithRulesAsync(AgentKind.Embedded);
        await MoveRulesAsync(embedded, consul);
    }

    private static Task<TestedAgent> StartWithRulesAsync(AgentKind kind) => kind == AgentKind.Embedded
        ? TestedAgent.StartEmbeddedAsync(new ConsulAgentOptions { Acl = new AclOptions { Enabled = true, AllowByDefault = false, MasterToken = AclAgents.Master } })
        : TestedAgent.StartConsulAsync(new RealConsulOptions
        {
            Token = AclAgents.Master,
            ExtraArguments = { "-hcl", $$"""acl { enabled = true default_policy = "deny" tokens { master = "{{AclAgents.Master}}" } }""" },
        });

    private static async Task MoveRulesAsync(TestedAgent from, TestedAgent to)
    {
        const string Secret = "dddddddd-0000-0000-0000-000000000001";
        string[] reads = ["/v1/acl/tokens", "/v1/acl/policies", "/v1/acl/roles", "/v1/acl/token/dddddddd-0000-0000-0000-000000000002", "/v1/acl/policy/name/moved", "/v1/acl/role/name/moved", "/v1/acl/auth-methods", "/v1/acl/auth-method/moved", "/v1/acl/binding-rules", "/v1/acl/info/moved-legacy"];
        await PutAsync(from, "/v1/acl/policy", """{"Name":"moved","Description":"d","Rules":"key_prefix \"moved/\" { policy = \"write\" }","Datacenters":["dc1","dc2"]}""");
        await PutAsync(
            from,
            "/v1/acl/role",
            """{"Name":"moved","Description":"r","Policies":[{"Name":"moved"}],"ServiceIdentities":[{"ServiceName":"s","Datacenters":["dc1"]}],"NodeIdentities":[{"NodeName":"n","Datacenter":"dc1"}]}""");
        await PutAsync(
            from,
            "/v1/acl/token",
            $$"""{"SecretID":"{{Secret}}","AccessorID":"dddddddd-0000-0000-0000-000000000002","Description":"t","Policies":[{"Name":"moved"}],"Roles":[{"Name":"moved"}],"ServiceIdentities":[{"ServiceName":"x"}],"NodeIdentities":[{"NodeName":"m","Datacenter":"dc1"}],"ExpirationTTL":"3h"}""");
        var config = JsonSerializer.Serialize(new { JWTValidationPubKeys = new[] { SignedToken.PublicKey }, ClaimMappings = new { name = "name" }, ClockSkewLeeway = 5_000_000_000 });
        await PutAsync(from, "/v1/acl/auth-method", $$"""{"Name":"moved","Type":"jwt","DisplayName":"D","Description":"d","MaxTokenTTL":"5m","TokenLocality":"global","Config":{{config}} }""");
        await PutAsync(from, "/v1/acl/binding-rule", """{"AuthMethod":"moved","BindType":"service","BindName":"m-${value.name}","Selector":"value.name != x","Description":"d"}""");
        await PutAsync(from, "/v1/acl/create", """{"ID":"moved-legacy","Name":"l","Rules":"key \"moved/legacy\" { policy = \"write\" }"}""");
        await PutAsync(from, "/v1/acl/create", """{"ID":"moved-manager","Name":"l","Type":"management"}""");
        var login = $$"""{"AuthMethod":"moved","BearerToken":"{{SignedToken.Of("""{"name":"a","iat":1700000000,"exp":4100000000}""")}}"}""";
        var before = (await from.SendAsync("POST", "/v1/acl/login", login)).Json!["SecretID"]!.GetValue<string>();

        // Consul gives them their accessors after a while.
        await Eventually.TrueAsync(async () => !(await ReadAsync(from, "/v1/acl/tokens")).Json!.ToJsonString().Contains("\"AccessorID\":\"\"", StringComparison.Ordinal), TimeSpan.FromSeconds(60));
        await PutAsync(to, "/v1/acl/policy", """{"Name":"gone"}""");
        var expected = new List<string>();
        foreach (var path in reads)
        {
            expected.Add(Comparable(await ReadAsync(from, path)));
        }

        var again = await from.SendAsync("PUT", "/v1/acl/bootstrap");
        var archive = await ReadAsync(from, "/v1/snapshot");
        Assert.Equal(200, archive.Status);
        using var client = new ConsulClient(new ConsulClientOptions { Address = to.Address, Token = AclAgents.Master });
        await client.Snapshot.RestoreAsync(archive.Body);

        // Consul begins anew with its rules after it has restored them.
        await Eventually.TrueAsync(async () => (await ReadAsync(to, "/v1/acl/policy/name/moved")).Status == 200, TimeSpan.FromSeconds(30));
        for (var i = 0; i < reads.Length; i++)
        {
            Assert.Equal(expected[i], Comparable(await ReadAsync(to, reads[i])));
        }

        var refused = await to.SendAsync("PUT", "/v1/acl/bootstrap");
        Assert.Equal((again.Status, again.Text), (refused.Status, refused.Text));
        Assert.Equal(200, (await to.SendAsync("PUT", "/v1/kv/moved/x", "v", (ConsulHeaders.Token, Secret))).Status);
        Assert.Equal(403, (await to.SendAsync("PUT", "/v1/kv/other/x", "v", (ConsulHeaders.Token, Secret))).Status);

        Assert.Equal(200, (await to.SendAsync("PUT", "/v1/kv/moved/legacy/x", "v", (ConsulHeaders.Token, "moved-legacy"))).Status);
        Assert.Equal(403, (await to.SendAsync("PUT", "/v1/kv/moved/y", "v", (ConsulHeaders.Token, "moved-legacy"))).Status);
        Assert.Equal(200, (await to.SendAsync("GET", "/v1/acl/list", null, (ConsulHeaders.Token, "moved-manager"))).Status);
        Assert.Equal("m-a", (await to.SendAsync("POST", "/v1/acl/login", login)).Json!["ServiceIdentities"]![0]!["ServiceName"]!.GetValue<string>());
        Assert.Equal(200, (await to.SendAsync("POST", "/v1/acl/logout", null, (ConsulHeaders.Token, before))).Status);

        static Task<Answer> ReadAsync(TestedAgent agent, string path) => agent.SendAsync("GET", path, null, (ConsulHeaders.Token, AclAgents.Master));

        static async Task PutAsync(TestedAgent agent, string path, string body)
        {
            var answer = await agent.SendAsync("PUT", path, body, (ConsulHeaders.Token, AclAgents.Master));
            Assert.True(answer.Status == 200, answer.Text);
        }
    }

    // Hashes are each agent's own, and this one's clock has no parts of 100 nanoseconds.
    private static string Comparable(Answer answer) =>
        Fractions().Replace(Hashes().Replace(answer.Json!.ToJsonString(), "\"Hash\":\"#\""), static match => match.Groups[1].Value.PadRight(8, '0')[..8].TrimEnd('0') + "Z");

    [GeneratedRegex("\"Hash\":\"[^\"]*\"")]
    private static partial Regex Hashes();

    [GeneratedRegex(@"(?<=\d\d:\d\d:\d\d)(\.\d+)Z")]
    private static partial Regex Fractions();

    private static async Task FillAsync(TestedAgent agent)
    {
        foreach (var entry in s_entries)
        {
            _ = await agent.PutAsync("/v1/config", entry);
        }

        var intention = await agent.SendAsync(
            "POST", "/v1/connect/intentions", """{"SourceName":"a","DestinationName":"*","Action":"deny","Description":"d","Meta":{"k":"v"},"DefaultAddr":"x","DefaultPort":70000}""");
        Assert.Equal(200, intention.Status);
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
        foreach (var service in s_services)
        {
            _ = await agent.PutAsync("/v1/catalog/register", $$"""{"Node":"ext","SkipNodeUpdate":true,"Service":{{service}} }""");
        }

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
