using System.Net;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;
using Rollcall.Agent.Store.Acl;
using Rollcall.Agent.Store.Commands;
using Rollcall.Agent.Tests.Checks;
using Rollcall.TestKit;

namespace Rollcall.Agent.Tests.Acl;

public sealed class LoginTests : IDisposable
{
    private const string Master = "aaaaaaaa-0000-0000-0000-000000000001";

    private static readonly string s_config = JsonSerializer.Serialize(new { JWTValidationPubKeys = new[] { SignedToken.PublicKey }, ClaimMappings = new { name = "name" } });

    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("rollcall-test-");

    public void Dispose() => _directory.Delete(recursive: true);

    [Fact]
    public async Task AuthMethodsRulesAndTokens_OutliveTheProcess()
    {
        string[] reads = ["acl/auth-method/m", "acl/binding-rules", "acl/tokens?authmethod=m", "acl/list"];
        var before = new List<string>();
        string secret;
        await using (var agent = await StartAsync(_directory.FullName))
        {
            await AddMethodAsync(agent, ",\"MaxTokenTTL\":\"5m\"");
            await agent.PutAsync("acl/create", """{"ID":"legacy","Name":"l","Rules":"key \"a\" { policy = \"write\" }"}""");
            secret = (await LoginAsync(agent)).Json!["SecretID"]!.GetValue<string>();
            foreach (var path in reads)
            {
                before.Add((await agent.GetAsync(path)).Body);
            }
        }

        await using var again = await StartAsync(_directory.FullName);
        for (var i = 0; i < reads.Length; i++)
        {
            Assert.Equal(before[i], (await again.GetAsync(reads[i])).Body);
        }

        again.Token = "legacy";
        Assert.Equal(HttpStatusCode.OK, (await again.SendAsync("PUT", "kv/a/b", "x")).Status);
        again.Token = secret;
        Assert.Equal(HttpStatusCode.OK, (await again.SendAsync("POST", "acl/logout")).Status);
        Assert.Equal(HttpStatusCode.Forbidden, (await again.GetAsync("acl/token/self")).Status);
    }

    [Fact]
    public async Task TokenOfALogin_EndsWithItsTime_OrItsAuthMethod()
    {
        await using var agent = await StartAsync();
        await AddMethodAsync(agent, ",\"MaxTokenTTL\":\"5m\"");
        var first = (await LoginAsync(agent)).Json!["SecretID"]!.GetValue<string>();
        agent.Time.Advance(TimeSpan.FromMinutes(4));
        var second = (await LoginAsync(agent)).Json!["SecretID"]!.GetValue<string>();
        Assert.Equal(HttpStatusCode.OK, await StatusAsync(first));

        agent.Time.Advance(TimeSpan.FromMinutes(1));
        Assert.Equal((HttpStatusCode.Forbidden, HttpStatusCode.OK), (await StatusAsync(first), await StatusAsync(second)));

        agent.Token = Master;
        Assert.Equal(HttpStatusCode.OK, (await agent.SendAsync("DELETE", "acl/auth-method/M")).Status);
        Assert.Equal(HttpStatusCode.Forbidden, await StatusAsync(second));
        agent.Token = Master;
        Assert.Equal("[]", (await agent.GetAsync("acl/binding-rules")).Body);

        async Task<HttpStatusCode> StatusAsync(string secret)
        {
            agent.Token = secret;
            return (await agent.GetAsync("acl/token/self")).Status;
        }
    }

    // The name is bob, or that with something at its end that has to keep it out.
    [Theory]
    [InlineData("bob", "^[[:alpha:]]+$", true)]
    [InlineData("bob\n", "^bob$", false)]
    [InlineData("bob\u0663", "^bob\\d$", false)]
    [InlineData("b\u00F6b", "^\\w+$", false)]
    [InlineData("b\u00F6b", "^\\pL+$", true)]
    public async Task SelectorsExpression_IsGos(string name, string pattern, bool selects)
    {
        await using var agent = await StartAsync();
        await agent.PutAsync("acl/auth-method", $$"""{"Name":"m","Type":"jwt","Config":{{s_config}} }""");
        await agent.PutAsync(
            "acl/binding-rule",
            new JsonObject { ["AuthMethod"] = "m", ["BindType"] = "service", ["BindName"] = "svc", ["Selector"] = $"value.name matches `{pattern}`" }.ToJsonString());

        var bearer = SignedToken.Of(new JsonObject { ["name"] = name, ["iat"] = 1000000000, ["exp"] = 4100000000 }.ToJsonString());
        var answer = await agent.SendAsync("POST", "acl/login", new JsonObject { ["AuthMethod"] = "m", ["BearerToken"] = bearer }.ToJsonString());

        Assert.Equal(selects ? HttpStatusCode.OK : HttpStatusCode.Forbidden, answer.Status);
    }

    // As from an agent that took selectors which are refused by now.
    [Fact]
    public async Task SelectorThatCannotBeRead_SelectsNobody_AndTheLogSaysSoOnce()
    {
        await using var agent = await StartAsync();
        await AddMethodAsync(agent, "");
        await PutRuleAsync("not(value.name==x)", isNew: true);

        for (var i = 0; i < 2; i++)
        {
            var token = (await LoginAsync(agent)).Json!;
            Assert.Equal("svc-bob", Assert.Single(token["ServiceIdentities"]!.AsArray())!["ServiceName"]!.GetValue<string>());
        }

        Assert.Equal("the selector of binding rule old cannot be read, and it selects nobody: 1:4 (3): no match found, expected: \"!=\", \".\", \"==\", \"[\", [ \\t\\r\\n] or [a-zA-Z0-9_]", Assert.Single(Lines()));

        await PutRuleAsync("nope==x", isNew: false);
        await LoginAsync(agent);
        Assert.Equal("the selector of binding rule old cannot be read, and it selects nobody: Selector \"nope\" is not valid", Lines()[1]);

        List<string> Lines() => [.. agent.Log.Entries.Select(static entry => entry.Message).Where(static message => message.Contains("selector", StringComparison.Ordinal))];

        async Task PutRuleAsync(string selector, bool isNew) => await agent.Agent.Store.ApplyAsync(new PutAcl<AclBindingRule>(
            AclKinds.BindingRules, new AclBindingRule { Id = "old", AuthMethod = "m", Selector = selector, BindType = "service", BindName = "old" }, isNew));
    }

    [Fact]
    public async Task DeletedAuthMethod_TakesAllItsTokensAlong_WhateverItsLocalityWas()
    {
        await using var agent = await StartAsync();
        await AddMethodAsync(agent, "");
        await LoginAsync(agent);
        await AddMethodAsync(agent, ",\"TokenLocality\":\"global\"");
        await LoginAsync(agent);
        Assert.Equal(2, (await agent.GetAsync("acl/tokens?authmethod=m")).Json!.AsArray().Count);

        Assert.Equal(HttpStatusCode.OK, (await agent.SendAsync("DELETE", "acl/auth-method/m")).Status);
        Assert.DoesNotContain("svc-bob", (await agent.GetAsync("acl/tokens")).Body, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(false, false)]
    [InlineData(true, false)]
    [InlineData(true, true)]
    public async Task MethodThatIsChangedWhileALoginAsksForItsKeys_GivesNoToken(bool changes, bool anew)
    {
        // The method is tried when it is put, so only the login's question has to wait.
        var (holds, asked, told) = (0, new TaskCompletionSource(), new TaskCompletionSource());
        await using var provider = await LoopbackServer.StartAsync(async context =>
        {
            if (Interlocked.Exchange(ref holds, 0) == 1)
            {
                asked.SetResult();
                await told.Task.WithinAsync();
            }

            await context.Response.WriteAsync(SignedToken.KeySet);
        });
        var config = $$"""{"JWKSURL":"http://{{provider.HostAndPort}}/","ClaimMappings":{"name":"name"} }""";
        await using var agent = await StartAsync();
        await AddMethodAsync(agent, "", config);
        Volatile.Write(ref holds, 1);
        var login = LoginAsync(agent);
        await asked.Task.WithinAsync();

        if (anew)
        {
            await agent.SendAsync("DELETE", "acl/auth-method/m");
        }

        if (changes)
        {
            await AddMethodAsync(agent, "", anew ? config : s_config);
        }

        told.SetResult();
        var answer = await login;
        Assert.Equal(
            changes ? (HttpStatusCode.InternalServerError, "auth method \"m\" was changed during the login: log in again") : (HttpStatusCode.OK, ""),
            (answer.Status, changes ? answer.Body : ""));
        Assert.Equal(!changes, (await agent.GetAsync("acl/tokens")).Body.Contains("svc-bob", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("acl/auth-methods", "m")]
    [InlineData("acl/binding-rules?authmethod=m", "svc-${value.name}")]
    [InlineData("acl/tokens?authmethod=m", "svc-bob")]
    public async Task Lists_CanBeWaitedFor(string path, string news)
    {
        await using var agent = await StartAsync();
        await agent.PutAsync("acl/auth-method", $$"""{"Name":"other","Type":"jwt","Config":{{s_config}} }""");
        await agent.PutAsync("acl/binding-rule", """{"AuthMethod":"other","BindType":"service","BindName":"x"}""");
        if (path != "acl/auth-methods")
        {
            await agent.PutAsync("acl/auth-method", $$"""{"Name":"m","Type":"jwt","Config":{{s_config}} }""");
        }

        var waiting = await agent.BlockAsync(path, await agent.IndexAsync(path));
        await AddMethodAsync(agent, "");
        Assert.Equal(HttpStatusCode.OK, (await LoginAsync(agent)).Status);

        Assert.Contains($"\"{news}\"", (await waiting).Body, StringComparison.Ordinal);
    }

    [Fact]
    public async Task NothingOfALogin_ReachesTheLog()
    {
        await using var agent = await StartAsync();
        await AddMethodAsync(agent, "");
        var bearer = Bearer();
        var secret = (await LoginAsync(agent)).Json!["SecretID"]!.GetValue<string>();
        Assert.DoesNotContain(agent.Log.Entries, entry => entry.Message.Contains(bearer, StringComparison.Ordinal) || entry.Message.Contains(secret, StringComparison.Ordinal));
    }

    private static string Bearer() => SignedToken.Of("""{"name":"bob","iat":1000000000,"exp":4100000000}""");

    private static async Task<AgentFixture> StartAsync(string? directory = null)
    {
        var agent = await AgentFixture.StartAsync(directory, acl: new AclOptions { Enabled = true, AllowByDefault = false, MasterToken = Master });
        agent.Token = Master;
        return agent;
    }

    private static async Task AddMethodAsync(AgentFixture agent, string more, string? config = null)
    {
        await agent.PutAsync("acl/auth-method", $$"""{"Name":"m","Type":"jwt","Config":{{config ?? s_config}}{{more}} }""");
        await agent.PutAsync("acl/binding-rule", """{"AuthMethod":"m","BindType":"service","BindName":"svc-${value.name}"}""");
    }

    private static Task<AgentFixture.Answer> LoginAsync(AgentFixture agent) =>
        agent.SendAsync("POST", "acl/login", new JsonObject { ["AuthMethod"] = "m", ["BearerToken"] = Bearer() }.ToJsonString());
}
