using System.Net;
using System.Text.Json;
using Rollcall.Agent.Acl;
using Rollcall.Agent.Dns;
using Rollcall.Agent.Store.Acl;
using Rollcall.Agent.Store.Commands;
using Rollcall.TestKit;

namespace Rollcall.Agent.Tests.Acl;

public sealed class AclTests : IDisposable
{
    private const string Master = "aaaaaaaa-0000-0000-0000-000000000001";
    private const string Reader = "bbbbbbbb-0000-0000-0000-000000000001";
    private static readonly (string Name, string Secret)[] s_given = [("acl_token", Master), ("agent", "a"), ("agent_master", "m"), ("replication", "r")];
    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("rollcall-test-");

    public void Dispose() => _directory.Delete(recursive: true);

    [Fact]
    public async Task EveryRoute_HasItsLineInTheTable()
    {
        await using var agent = await AgentFixture.StartAsync();
        var missing = agent.Agent.Routes.Where(static route => !AclTable.Knows(route.Method, route.Path)).Select(static route => $"{route.Method} {route.Path}");
        Assert.True(!missing.Any(), $"AclTable says nothing of {string.Join(", ", missing)}: add what they need.");
    }

    [Fact]
    public async Task Tokens_OutliveTheProcess()
    {
        await using (var agent = await StartAsync())
        {
            await AddReaderAsync(agent, "key_prefix \"a\" { policy = \"read\" }");
            await agent.PutAsync("kv/a", "1");
        }

        await using var again = await StartAsync();
        again.Token = Reader;
        Assert.Equal(HttpStatusCode.OK, (await again.GetAsync("kv/a")).Status);
        Assert.Equal(HttpStatusCode.Forbidden, (await again.GetAsync("kv/b")).Status);
        again.Token = Master;
        Assert.Equal(3, (await again.GetAsync("acl/tokens")).Json!.AsArray().Count);
        Assert.Contains("no longer allowed", (await again.SendAsync("PUT", "acl/bootstrap")).Body, StringComparison.Ordinal);
    }

    [Fact]
    public async Task TokensGivenToTheAgent_AreKeptWhereThatIsWanted_AndWinOverTheConfiguration()
    {
        var file = Path.Combine(_directory.FullName, "acl-tokens.json");
        await using (var agent = await StartAsync(persist: true))
        {
            foreach (var (name, secret) in s_given)
            {
                await agent.PutAsync($"agent/token/{name}", $$"""{"Token":"{{secret}}"}""");
            }

            // Word for word Consul's.
            Assert.Equal($$"""{"replication":"r","agent_master":"m","default":"{{Master}}","agent":"a"}""", await File.ReadAllTextAsync(file));
            Assert.True(OperatingSystem.IsWindows() || File.GetUnixFileMode(file) == (UnixFileMode.UserRead | UnixFileMode.UserWrite));
            await agent.PutAsync("agent/token/agent", """{"Token":""}""");
            Assert.Equal($$"""{"replication":"r","agent_master":"m","default":"{{Master}}"}""", await File.ReadAllTextAsync(file));
        }

        await using (var again = await StartAsync(persist: true, Reader))
        {
            // Without a token of its own, a request counts as the one that was kept.
            again.Token = null;
            Assert.Equal(HttpStatusCode.OK, (await again.GetAsync("acl/tokens")).Status);
            Assert.Contains(again.Log.Entries, static entry => entry.Message.StartsWith("\"default\" token present in both", StringComparison.Ordinal));
            Assert.DoesNotContain(again.Log.Entries, static entry => entry.Message.Contains(Master, StringComparison.Ordinal));
        }

        await using var forgetful = await StartAsync(persist: false);
        forgetful.Token = null;
        Assert.Equal(HttpStatusCode.Forbidden, (await forgetful.GetAsync("acl/tokens")).Status);
    }

    [Theory]
    [InlineData("{\"default\": 3")]
    [InlineData("{\"default\": 3}")]
    [InlineData("{\"default\": \"\\ud800\"}")]
    [InlineData("[]")]
    public async Task DamagedFileOfTokens_IsAWarning_AndReplacedWhenTheNextIsGiven(string text)
    {
        var file = Path.Combine(_directory.FullName, "acl-tokens.json");
        await File.WriteAllTextAsync(file, text);
        await using var agent = await StartAsync(persist: true);
        Assert.Contains(agent.Log.Entries, static entry => entry.Message.StartsWith("unable to load persisted tokens", StringComparison.Ordinal));
        Assert.Equal(text, await File.ReadAllTextAsync(file));
        await agent.PutAsync("agent/token/default", $$"""{"Token":"{{Reader}}"}""");
        Assert.Equal($$"""{"default":"{{Reader}}"}""", await File.ReadAllTextAsync(file));
    }

    [Fact]
    public async Task WhatWasLeftOfAFileOfTokens_IsDeletedAtTheStart_AndNothingElse()
    {
        string[] kept = ["acl-tokens.json.bak", "acl-tokens.json.abcdefgh.xyzz", "acl-tokens.json.abcdefgh.xy9", "acl-tokens.json.a.cdefgh.xyz", "other.json.abcdefgh.xyz"];
        foreach (var name in kept.Append("acl-tokens.json.abcdefg5.x0z"))
        {
            await File.WriteAllTextAsync(Path.Combine(_directory.FullName, name), "{}");
        }

        _directory.CreateSubdirectory("acl-tokens.json.abcdefgh.dir");
        await using (await StartAsync(persist: true))
        {
        }

        var left = _directory.GetFileSystemInfos().Select(static file => file.Name).Where(static name => name.Contains(".json.", StringComparison.Ordinal));
        Assert.Equal(kept.Append("acl-tokens.json.abcdefgh.dir").Order(StringComparer.Ordinal), left.Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task LinksById_AreTakenInCapitals()
    {
        await using var agent = await StartAsync();
        var policy = await MadeAsync("acl/policy", """{"Name":"p"}""");
        var role = await MadeAsync("acl/role", $$"""{"Name":"r","Policies":[{"ID":"{{policy.ToUpperInvariant()}}"},{"ID":"{{policy}}"}]}""");
        var token = await agent.SendAsync("PUT", "acl/token", $$"""{"Policies":[{"ID":"{{policy.ToUpperInvariant()}}"}],"Roles":[{"ID":"{{role.ToUpperInvariant()}}"}]}""");

        Assert.Equal(HttpStatusCode.OK, token.Status);
        foreach (var (json, links, id) in new[] { ((await agent.GetAsync($"acl/role/{role}")).Json!, "Policies", policy), (token.Json!, "Policies", policy), (token.Json!, "Roles", role) })
        {
            Assert.Equal(id, Assert.Single(json[links]!.AsArray())!["ID"]!.GetValue<string>());
        }

        async Task<string> MadeAsync(string path, string body)
        {
            var made = await agent.SendAsync("PUT", path, body);
            Assert.Equal(HttpStatusCode.OK, made.Status);
            return made.Json!["ID"]!.GetValue<string>();
        }
    }

    [Fact]
    public async Task TokenThatCannotBeKept_IsAFault()
    {
        await using var agent = await StartAsync(persist: true);
        Directory.CreateDirectory(Path.Combine(_directory.FullName, "acl-tokens.json"));
        var answer = await agent.SendAsync("PUT", "agent/token/default", $$"""{"Token":"{{Reader}}"}""");
        Assert.Equal(HttpStatusCode.InternalServerError, answer.Status);
        Assert.StartsWith("Failed to persist tokens - ", answer.Body, StringComparison.Ordinal);
    }

    [Fact]
    public async Task ExpiredToken_IsUnknown_AndGoneSoonAfter()
    {
        await using var agent = await StartAsync();
        await agent.PutAsync("acl/token", $$"""{"AccessorID":"{{Reader}}","SecretID":"{{Reader}}","ExpirationTTL":"2m","Policies":[{"Name":"global-management"}]}""");
        agent.Token = Reader;
        Assert.Equal(HttpStatusCode.OK, (await agent.GetAsync("agent/self")).Status);

        agent.Time.Advance(TimeSpan.FromSeconds(119));
        Assert.Equal(HttpStatusCode.OK, (await agent.GetAsync("agent/self")).Status);
        agent.Time.Advance(TimeSpan.FromSeconds(1));
        var answer = await agent.GetAsync("agent/self");
        Assert.Equal((HttpStatusCode.Forbidden, "ACL not found"), (answer.Status, answer.Body));

        agent.Token = Master;
        Assert.Equal("ACL not found", (await agent.GetAsync($"acl/token/{Reader}")).Body);
        await agent.Time.AdvanceUntilAsync(TimeSpan.FromMinutes(1), () => agent.Agent.Store.Root.Acl.FindToken(Reader) is null);
    }

    [Theory]
    [InlineData("60", "60ns")]
    [InlineData("\"5ns\"", "5ns")]
    [InlineData("59999999999", "59.999999999s")]
    public async Task TokenThatWouldEndSoon_IsRefused_HoweverSoon(string ttl, string told)
    {
        await using var agent = await StartAsync();
        var answer = await agent.SendAsync("PUT", "acl/token", $$"""{"ExpirationTTL":{{ttl}}}""");
        Assert.Equal((HttpStatusCode.InternalServerError, $"ExpirationTime cannot be less than 1m0s in the future (was {told})"), (answer.Status, answer.Body));
    }

    [Fact]
    public async Task Snapshots_NeedManagement_AndLeaveTokensAsTheyAre()
    {
        await using var agent = await StartAsync();
        await AddReaderAsync(agent, "key_prefix \"a\" { policy = \"write\" } operator = \"write\"");
        agent.Token = Reader;
        Assert.Equal("Permission denied", (await agent.GetAsync("snapshot")).Body);
        Assert.Equal("Permission denied", (await agent.SendAsync("PUT", "snapshot", "x")).Body);

        using var http = new HttpClient { BaseAddress = agent.Agent.HttpAddress };
        http.DefaultRequestHeaders.Add("X-Consul-Token", Master);
        var archive = await http.GetByteArrayAsync(new Uri("/v1/snapshot", UriKind.Relative)).WithinAsync();
        await agent.PutAsync("kv/a", "1");
        using var restored = await http.PutAsync(new Uri("/v1/snapshot", UriKind.Relative), new ByteArrayContent(archive)).WithinAsync();

        Assert.Equal(HttpStatusCode.OK, restored.StatusCode);
        Assert.Equal(HttpStatusCode.NotFound, (await agent.GetAsync("kv/a")).Status);
        Assert.Equal(HttpStatusCode.Forbidden, (await agent.GetAsync("kv/b")).Status);
    }

    // As from the snapshot of an agent that knows more, or files of one that took what is refused by now.
    [Theory]
    [InlineData("")]
    [InlineData(AclToken.LegacyClient)]
    public async Task RulesThatCannotBeRead_DenyEverything_AndTheLogSaysSo(string legacyType)
    {
        const string unreadable = "key_prefix \"\" { policy = \"write\" } key \"a\" { policy = \"never\" }";
        await using var agent = await AgentFixture.StartAsync(acl: new AclOptions { Enabled = true, AllowByDefault = true, MasterToken = Master });
        agent.Log.Expect(static entry => entry.Message.Contains("cannot be read", StringComparison.Ordinal));
        agent.Token = Master;
        var isLegacy = legacyType.Length > 0;
        var token = new AclToken { AccessorId = "odd-accessor", SecretId = Reader, LegacyType = legacyType, Rules = isLegacy ? unreadable : "", PolicyIds = isLegacy ? [] : ["odd-id"] };
        await agent.Agent.Store.ApplyAsync(new PutAcl<AclPolicy>(AclKinds.Policies, new AclPolicy { Id = "odd-id", Name = "odd", Rules = unreadable }, IsNew: true));
        await agent.Agent.Store.ApplyAsync(new PutAclToken(token, IsNew: true));
        agent.Token = Reader;

        Assert.Equal("Permission denied", (await agent.GetAsync("kv/b")).Body);
        Assert.Equal("Permission denied", (await agent.GetAsync("operator/raft/configuration")).Body);
        Assert.Equal("[]", (await agent.GetAsync("catalog/nodes")).Body);
        var line = Assert.Single(agent.Log.Entries, static entry => entry.Message.Contains("cannot be read", StringComparison.Ordinal));
        Assert.Contains(isLegacy ? "token odd-accessor" : "policy \"odd\"", line.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task RestoredState_HasTheMasterToken_FromItsFirstMoment()
    {
        await using var open = await AgentFixture.StartAsync();
        using var http = new HttpClient();
        var archive = await http.GetByteArrayAsync(new Uri(open.Agent.HttpAddress, "/v1/snapshot")).WithinAsync();
        await using var agent = await StartAsync();
        var waiting = await agent.BlockAsync("kv/?recurse", agent.Agent.Store.Root.Index);

        http.DefaultRequestHeaders.Add("X-Consul-Token", Master);
        using var restored = await http.PutAsync(new Uri(agent.Agent.HttpAddress, "/v1/snapshot"), new ByteArrayContent(archive)).WithinAsync();

        Assert.Equal(HttpStatusCode.OK, restored.StatusCode);
        Assert.Equal(HttpStatusCode.NotFound, (await waiting).Status);

        // With what was restored, not in a commit of its own.
        var root = agent.Agent.Store.Root;
        Assert.Equal((root.Kv.Index, root.Kv.Index), (root.Index, root.Acl.Tokens.Find(Master)!.CreateIndex));
    }

    [Fact]
    public async Task Dns_ShowsWhatTheDefaultTokenMayRead()
    {
        await using var agent = await StartAsync();
        await AddReaderAsync(agent, "service \"web\" { policy = \"read\" } node_prefix \"\" { policy = \"read\" }");
        await agent.PutAsync("agent/service/register", """{"Name":"web"}""");
        await agent.PutAsync("agent/service/register", """{"Name":"db"}""");
        var dns = new DnsCatalog(agent.Agent.Store, agent.Agent.Acl);
        Assert.Empty(dns.All.Services);
        Assert.Empty(dns.All.Nodes);

        await agent.PutAsync("agent/token/default", $$"""{"Token":"{{Reader}}"}""");
        Assert.Equal("web", Assert.Single(dns.All.Services).Key);
        Assert.Equal("n1", Assert.Single(dns.All.Nodes).Key);
        Assert.Same(dns.All, dns.All);

        await agent.PutAsync("agent/token/default", """{"Token":"nobody"}""");
        Assert.Empty(dns.All.Nodes);
        await agent.PutAsync("agent/token/default", $$"""{"Token":"{{Master}}"}""");
        Assert.Same(agent.Agent.Store.Root.Catalog, dns.All);
    }

    [Theory]
    [InlineData("X-Consul-Token", Master, "")]
    [InlineData("Authorization", $"Bearer {Master}", "")]
    [InlineData("Accept", "*/*", $"?token={Master}")]
    [InlineData("X-Consul-Token", "nobody", $"?token={Master}")]
    public async Task Token_ComesInAnyOfItsPlaces(string header, string value, string query)
    {
        await using var agent = await StartAsync();
        using var http = new HttpClient { BaseAddress = agent.Agent.HttpAddress };
        using var request = new HttpRequestMessage(HttpMethod.Get, $"/v1/agent/self{query}");
        request.Headers.Add(header, value);
        using var response = await http.SendAsync(request).WithinAsync();
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
    }

    [Fact]
    public async Task Secrets_AreInNoLog()
    {
        await using var agent = await StartAsync();
        await AddReaderAsync(agent, "key_prefix \"a\" { policy = \"read\" }");
        agent.Token = Reader;
        await agent.SendAsync("PUT", $"kv/b?token={Reader}", "1");
        await agent.SendAsync("PUT", "agent/token/default", $$"""{"Token":"{{Master}}"}""");
        await agent.SendAsync("PUT", "acl/token", "{bad");
        await agent.SendAsync("GET", $"acl/token/{Reader}");
        Assert.DoesNotContain(agent.Log.Entries, static entry => entry.ToString()!.Contains(Reader, StringComparison.Ordinal) || entry.ToString()!.Contains(Master, StringComparison.Ordinal));
        Assert.DoesNotContain(Reader, new Store.Commands.PutAclToken(new Store.Acl.AclToken { AccessorId = "a", SecretId = Reader }, true).ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Bootstrap_IsDoneOnce_AndAgainByAFileThatNamesTheLastTime()
    {
        await using var agent = await AgentFixture.StartAsync(_directory.FullName, acl: new AclOptions { Enabled = true, AllowByDefault = false });
        Assert.Equal(HttpStatusCode.Forbidden, (await agent.GetAsync("acl/tokens")).Status);
        var first = (await agent.SendAsync("PUT", "acl/bootstrap")).Json!;
        Assert.Equal(first["ID"]!.GetValue<string>(), first["SecretID"]!.GetValue<string>());
        var refused = await agent.SendAsync("PUT", "acl/bootstrap");
        Assert.Equal(HttpStatusCode.Forbidden, refused.Status);
        Assert.StartsWith("Permission denied: ACL bootstrap no longer allowed (reset index: ", refused.Body, StringComparison.Ordinal);

        var reset = Path.Combine(_directory.FullName, "acl-bootstrap-reset");
        await File.WriteAllTextAsync(reset, "99999");
        Assert.StartsWith("Invalid bootstrap reset index (specified 99999, reset index: ", (await agent.SendAsync("PUT", "acl/bootstrap")).Body, StringComparison.Ordinal);
        await File.WriteAllTextAsync(reset, refused.Body.Split(' ')[^1].TrimEnd(')'));
        var second = await agent.SendAsync("PUT", "acl/bootstrap");
        Assert.Equal(HttpStatusCode.OK, second.Status);
        Assert.False(File.Exists(reset));
        agent.Token = second.Json!["SecretID"]!.GetValue<string>();
        Assert.Equal(3, (await agent.GetAsync("acl/tokens")).Json!.AsArray().Count);
    }

    [Fact]
    public async Task WithoutAccessRules_ThereIsNothingToAsk()
    {
        await using var agent = await AgentFixture.StartAsync();
        foreach (var (method, path) in agent.Agent.Routes.Where(static route => route.Path.Contains("/acl/", StringComparison.Ordinal)))
        {
            var answer = await agent.SendAsync(method, path["/v1/".Length..], "{}");
            Assert.Equal(((HttpStatusCode)401, "ACL support disabled"), (answer.Status, answer.Body));
        }

        agent.Token = "whatever";
        Assert.Equal(HttpStatusCode.OK, (await agent.GetAsync("agent/self")).Status);
    }

    [Fact]
    public async Task KeyLists_NeedListWhereThatIsAsked()
    {
        await using var agent = await AgentFixture.StartAsync(acl: new AclOptions { Enabled = true, AllowByDefault = false, MasterToken = Master, EnableKeyListPolicy = true });
        agent.Token = Master;
        await AddReaderAsync(agent, "key_prefix \"a\" { policy = \"list\" } key_prefix \"r\" { policy = \"read\" }");
        agent.Token = Reader;
        Assert.Equal(HttpStatusCode.NotFound, (await agent.GetAsync("kv/a?keys")).Status);
        Assert.Equal(HttpStatusCode.Forbidden, (await agent.GetAsync("kv/r?keys")).Status);
        Assert.Equal(HttpStatusCode.Forbidden, (await agent.GetAsync("kv/?recurse")).Status);
        Assert.Equal(HttpStatusCode.NotFound, (await agent.GetAsync("kv/r/1")).Status);
    }

    [Fact]
    public async Task AgentMasterToken_AdministersTheAgentAndNothingElse()
    {
        await using var agent = await AgentFixture.StartAsync(acl: new AclOptions { Enabled = true, AllowByDefault = false, AgentMasterToken = Reader });
        agent.Token = Reader;
        Assert.Equal(HttpStatusCode.OK, (await agent.GetAsync("agent/self")).Status);
        Assert.Equal(HttpStatusCode.OK, (await agent.SendAsync("PUT", "agent/reload")).Status);
        Assert.Equal("1", (await agent.GetAsync("agent/members")).Json![0]!["Tags"]!["acls"]!.GetValue<string>());
        Assert.Equal("ACL not found", (await agent.GetAsync("catalog/nodes")).Body);
        Assert.Equal("ACL not found", (await agent.GetAsync("kv/a")).Body);
    }

    [Theory]
    [InlineData("""acl { enabled = true default_policy = "deny" tokens { master = "x" default = "y" agent = "a" agent_master = "z" replication = "r" } down_policy = "extend-cache" enable_token_persistence = true }""", true, false)]
    [InlineData("""acl_datacenter = "dc1" acl_default_policy = "deny" acl_master_token = "x" acl_token = "y" acl_agent_token = "a" acl_agent_master_token = "z" acl_down_policy = "allow" """, true, false)]
    [InlineData("""acl { enabled = true tokens { master = "x" default = "y" agent_master = "z" } }""", true, true)]
    [InlineData("""acl { enabled = false } acl_datacenter = "dc1" acl_master_token = "x" acl_token = "y" acl_agent_master_token = "z" """, false, true)]
    public void Configuration_IsReadUnderNewAndOldNames(string hcl, bool enabled, bool allows)
    {
        var configuration = new AgentConfiguration();
        configuration.AddText("x", hcl, "hcl");
        var acl = configuration.ToOptions().Acl;
        Assert.Equal((enabled, allows, "x", "y", "z"), (acl.Enabled, acl.AllowByDefault, acl.MasterToken, acl.DefaultToken, acl.AgentMasterToken));
    }

    [Fact]
    public void UnknownDefaultPolicy_IsRefused()
    {
        var configuration = new AgentConfiguration();
        var fault = Assert.Throws<ConsulAgentException>(() => configuration.AddText("x", """acl { default_policy = "dney" }"""));
        Assert.Contains("acl.default_policy: \"dney\" is unknown: use allow or deny", fault.Message, StringComparison.Ordinal);
    }

    private static string Policy(string rules) => JsonSerializer.Serialize(new { Name = "reader", Rules = rules });

    private static async Task AddReaderAsync(AgentFixture agent, string rules)
    {
        await agent.PutAsync("acl/policy", Policy(rules));
        await agent.PutAsync("acl/token", $$"""{"AccessorID":"{{Reader}}","SecretID":"{{Reader}}","Policies":[{"Name":"reader"}]}""");
    }

    private async Task<AgentFixture> StartAsync(bool persist = false, string? defaultToken = null)
    {
        var agent = await AgentFixture.StartAsync(_directory.FullName, acl: new AclOptions { Enabled = true, AllowByDefault = false, MasterToken = Master, PersistTokens = persist, DefaultToken = defaultToken });
        agent.Token = Master;
        return agent;
    }
}
