using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;
using Rollcall.Conformance.Tests.Differential;
using Rollcall.Consul.Wire;
using Rollcall.TestKit;

namespace Rollcall.Conformance.Tests.Acl;

/// <summary>Logging in where that takes more than a transcript: other signatures, and the word of a Kubernetes.</summary>
public class LoginTests(DenyingAgents agents) : IClassFixture<DenyingAgents>
{
    private const string Claims = """{"iat":1700000000,"exp":4100000000}""";
    private const string Account = "system:serviceaccount:ns:sa";

    [RequiresConsulFact]
    public async Task Signatures_AreJudgedTheSame()
    {
        var config = JsonSerializer.Serialize(new { JWTValidationPubKeys = new[] { SignedToken.PublicKey, SignedToken.CurveKey }, JWTSupportedAlgs = new[] { "RS256" } });
        var steps = new List<Step>
        {
            Put("auth-method", $$"""{"Name":"signed","Type":"jwt","Config":{{config}} }"""),
            Put("binding-rule", """{"AuthMethod":"signed","BindType":"service","BindName":"signed"}"""),
        };
        foreach (var algorithm in new[] { "RS256", "RS512", "PS384", "ES256", "HS256", "none", "" })
        {
            steps.Add(Login("signed", SignedToken.Of(Claims, algorithm)));
        }

        var token = SignedToken.Of(Claims);
        steps.Add(Login("signed", token[..^4] + "AAAA"));
        steps.Add(Login("signed", $"{token.Split('.')[0]}.{SignedToken.Of("""{"iat":1700000001}""").Split('.')[1]}.{token.Split('.')[2]}"));
        steps.Add(new Step("DELETE", "/v1/acl/auth-method/signed", null, AclAgents.Master));

        await AclComparison.CompareAsync(agents, "signatures", steps);
    }

    [RequiresConsulFact]
    public async Task KeysAtAUrl_AreFetchedAndBelievedTheSame()
    {
        var (keys, issuer) = (SignedToken.KeySet, "");
        await using var server = await LoopbackTls.StartAsync(async context =>
        {
            context.Response.ContentType = "application/json";
            await context.Response.WriteAsync(context.Request.Path == "/keys" ? keys : $$"""{"issuer":"{{issuer}}","jwks_uri":"https://{{context.Request.Host}}/keys"}""");
        });
        var provider = issuer = $"https://{server.Host}";
        var fetched = Config(new { JWKSURL = $"{provider}/keys", JWKSCACert = server.AuthorityPem });
        var discovered = Config(new { OIDCDiscoveryURL = provider, OIDCDiscoveryCACert = server.AuthorityPem, BoundIssuer = "another" });
        await CompareAsync(
            "created",
            Method("fetched", fetched),
            Method("discovered", discovered),
            Method("bound", Config(new { OIDCDiscoveryURL = provider, OIDCDiscoveryCACert = server.AuthorityPem, BoundAudiences = new[] { "a" }, JWTSupportedAlgs = new[] { "ES256" } })),
            Method("wrong", Config(new { JWKSURL = $"{provider}/keys", JWKSCACert = "x" })),
            Method("wrong", Config(new { OIDCDiscoveryURL = provider, OIDCDiscoveryCACert = "x" })),
            Method("wrong", Config(new { OIDCDiscoveryURL = $"{provider}/", OIDCDiscoveryCACert = server.AuthorityPem })),
            Put("binding-rule", """{"AuthMethod":"fetched","BindType":"service","BindName":"s"}"""),
            Put("binding-rule", """{"AuthMethod":"discovered","BindType":"service","BindName":"s"}"""),
            Put("binding-rule", """{"AuthMethod":"bound","BindType":"service","BindName":"s"}"""));

        foreach (var (algorithm, key) in new[] { ("RS256", "rsa"), ("RS256", null), ("RS256", "curve"), ("RS256", "nope"), ("ES256", "curve"), ("ES256", null), ("PS384", "rsa"), ("HS256", null) })
        {
            await CompareAsync($"{algorithm} {key}", Login("fetched", SignedToken.Of(Claims, algorithm, key)), Login("discovered", SignedToken.Of(Issued(""), algorithm, key)));
        }

        await CompareAsync(
            "claims",
            Login("fetched", "x"),
            Login("fetched", ""),
            Login("fetched", SignedToken.Of("""{"iat":1700000000,"exp":"x"}""")),
            Login("fetched", SignedToken.Of("""{"iat":1700000000,"exp":1700000001}""")),
            Login("fetched", SignedToken.Of("""{"iat":1700000000,"exp":4100000000,"aud":"a"}""")),
            Login("discovered", "x"),
            Login("discovered", SignedToken.Of(Claims)),
            Login("discovered", SignedToken.Of(Issued(",\"aud\":\"a\""))),
            Login("discovered", SignedToken.Of($$"""{"iss":"{{provider}}","iat":1700000000,"exp":1700000001}""")),
            Login("discovered", SignedToken.Of($$"""{"iss":"{{provider}}","iat":1700000000,"exp":4100000000000}""")),
            Login("bound", SignedToken.Of(Issued(",\"aud\":\"a\""))),
            Login("bound", SignedToken.Of(Issued(",\"aud\":\"a\""), "ES256")),
            Login("bound", SignedToken.Of(Issued(",\"aud\":\"b\""), "ES256")),
            Login("bound", SignedToken.Of(Issued(""), "ES256")));
        issuer = "https://other";
        await CompareAsync("other issuer", Method("wrong", discovered));
        (issuer, keys) = (provider, """{"keys":[]}""");
        await CompareAsync("no keys", Method("fetched2", fetched), Put("binding-rule", """{"AuthMethod":"fetched2","BindType":"service","BindName":"s"}"""), Login("fetched2", SignedToken.Of(Claims)));
        await CompareAsync("deleted", [.. new[] { "fetched", "fetched2", "discovered", "bound" }.Select(static name => new Step("DELETE", $"/v1/acl/auth-method/{name}", null, AclAgents.Master))]);

        string Issued(string more) => $$"""{"iss":"{{provider}}","iat":1700000000,"exp":4100000000{{more}} }""";
        static string Config<T>(T settings) => JsonSerializer.Serialize(settings);
        static Step Method(string name, string config) => Put("auth-method", $$"""{"Name":"{{name}}","Type":"jwt","Config":{{config}} }""");
        Task CompareAsync(string name, params Step[] steps) => AclComparison.CompareAsync(agents, name, steps);
    }

    [RequiresConsulFact]
    public async Task Kubernetes_IsAskedAndBelievedTheSame()
    {
        await using var api = await KubernetesApi.StartAsync();
        var asker = SignedToken.Of("""{"iss":"agent"}""");
        var config = JsonSerializer.Serialize(new { api.Host, CACert = api.AuthorityPem, ServiceAccountJWT = asker });
        await CompareAsync(
            "created",
            Put("auth-method", $$"""{"Name":"pods","Type":"kubernetes","Config":{{config}} }"""),
            Put("binding-rule", """{"AuthMethod":"pods","BindType":"service","BindName":"s","Selector":"serviceaccount.nope == a"}"""),
            Put("binding-rule", """{"AuthMethod":"pods","BindType":"service","BindName":"s","Selector":"serviceaccount is empty"}"""),
            Put("binding-rule", """{"AuthMethod":"pods","BindType":"service","BindName":"s","Selector":"value.a == b"}"""),
            Put("binding-rule", """{"AuthMethod":"pods","BindType":"service","BindName":"${value.a}"}"""),
            Put("binding-rule", """{"AuthMethod":"pods","BindType":"service","BindName":"${serviceaccount.namespace}-${serviceaccount.name}-${serviceaccount.uid}","Selector":"serviceaccount.namespace == ns"}"""));

        var bearer = SignedToken.Of("""{"iss":"pod"}""");
        foreach (var status in new[]
        {
            User(Account), User("admin"), User("system:serviceaccount:a"), User("system:serviceaccount:a:b:c"), User("system:other:ns:sa"), """{"authenticated":true}""",
            """{"authenticated":false}""", """{"error":"boom"}""",
        })
        {
            api.Review = $$"""{"kind":"TokenReview","apiVersion":"authentication.k8s.io/v1","status":{{status}}}""";
            await CompareAsync(status, Login("pods", bearer));
            Assert.Equal((bearer, $"Bearer {asker}"), api.Asked);
        }

        api.Review = $$"""{"kind":"TokenReview","apiVersion":"authentication.k8s.io/v1","status":{{User(Account)}}}""";
        api.Metadata = """{"annotations":{"consul.hashicorp.com/service-name":"Renamed"}}""";
        await CompareAsync("annotated", Login("pods", bearer));
        api.Metadata = null;
        await CompareAsync("no account", Login("pods", bearer));
        api.ReviewStatus = 403;
        api.Review = """{"kind":"Status","apiVersion":"v1","status":"Failure","message":"tokenreviews forbidden","reason":"Forbidden","code":403}""";
        await CompareAsync("refused", Login("pods", bearer));
        await CompareAsync("no token", Login("pods", "x"), Login("pods", ""));
        await CompareAsync("deleted", new Step("DELETE", "/v1/acl/auth-method/pods", null, AclAgents.Master));

        Task CompareAsync(string name, params Step[] steps) => AclComparison.CompareAsync(agents, name, steps);
    }

    [RequiresConsulFact]
    public async Task TokenOfBeforeConsul14_IsSeenLikeOthers()
    {
        const string Secret = "legacy-seen";
        const string Rules = """key "a" { policy = "read" }""";
        var seen = new List<string>();
        foreach (var agent in new[] { agents.Consul!, agents.Embedded })
        {
            Assert.Equal(200, (await SendAsync(agent, "PUT", "create", JsonSerializer.Serialize(new { ID = Secret, Name = "n", Rules }))).Status);
            Assert.Equal(200, (await SendAsync(agent, "PUT", "create", """{"ID":"legacy-management","Name":"m","Type":"management"}""")).Status);

            // In Consul they get an accessor after a while.
            await Eventually.TrueAsync(async () => (await ReadAsync(agent, Secret))["AccessorID"]!.GetValue<string>().Length > 0, TimeSpan.FromSeconds(60));
            await Eventually.TrueAsync(async () => (await ReadAsync(agent, "legacy-management"))["AccessorID"]!.GetValue<string>().Length > 0, TimeSpan.FromSeconds(60));
            var accessor = (await ReadAsync(agent, Secret))["AccessorID"]!.GetValue<string>();
            var listed = (await SendAsync(agent, "GET", "tokens")).Json!.AsArray().Where(static token => token!["CreateTime"]!.GetValue<string>().StartsWith("0001", StringComparison.Ordinal));
            var translated = await SendAsync(agent, "GET", $"rules/translate/{accessor}");
            var cloned = await SendAsync(agent, "PUT", $"token/{accessor}/clone", "{}");
            var turned = await SendAsync(agent, "PUT", $"token/{accessor}", """{"Description":"new"}""");
            var management = await SendAsync(agent, "PUT", "update", """{"ID":"legacy-management","Name":"x"}""");
            var again = await SendAsync(agent, "PUT", "update", JsonSerializer.Serialize(new { ID = Secret, Name = "x" }));
            seen.Add(string.Join(
                '\n',
                [
                    Comparable(await ReadAsync(agent, "legacy-management")),
                    .. listed.Select(Comparable!).Order(StringComparer.Ordinal),
                    translated.Text,
                    .. new[] { cloned, management, again }.Select(static answer => $"{answer.Status} {answer.Text}"),
                    Comparable(turned.Json!),
                ]));
        }

        Assert.Equal(seen[0], seen[1]);

        static async Task<JsonNode> ReadAsync(TestedAgent agent, string secret) =>
            (await agent.SendAsync("GET", "/v1/acl/token/self", null, (ConsulHeaders.Token, secret))).Json!;

        static Task<Answer> SendAsync(TestedAgent agent, string method, string path, string? body = null) =>
            agent.SendAsync(method, $"/v1/acl/{path}", body, (ConsulHeaders.Token, AclAgents.Master));

        static string Comparable(JsonNode token)
        {
            foreach (var own in new[] { "AccessorID", "Hash", "CreateIndex", "ModifyIndex" })
            {
                _ = token.AsObject().Remove(own);
            }

            return token.ToJsonString();
        }
    }

    private static Step Put(string path, string body) => new("PUT", $"/v1/acl/{path}", body, AclAgents.Master);

    private static Step Login(string method, string bearer) => new("POST", "/v1/acl/login", JsonSerializer.Serialize(new { AuthMethod = method, BearerToken = bearer }));

    private static string User(string name) => $$"""{"authenticated":true,"user":{"username":"{{name}}","uid":"U-1"} }""";
}
