namespace Rollcall.Agent.Tests.Http;

/// <summary>Status and body of Consul's answers, as read off a real one.</summary>
public sealed class AnswerTableTests
{
    [Theory]
    [InlineData("PUT", "agent/service/register", "{bad", 400, "Request decode failed: invalid character 'b' looking for beginning of object key string")]
    [InlineData("PUT", "agent/service/register", "", 400, "Request decode failed: EOF")]
    [InlineData("PUT", "agent/service/register", "{}", 400, "Missing service name")]
    [InlineData("PUT", "agent/service/register", """{"Name":"x","Bogus":1}""", 400, "Request decode failed: json: unknown field \"Bogus\"")]
    [InlineData("PUT", "agent/service/register", """{"Name":"x","Port":"80"}""", 400, "Request decode failed: json: cannot unmarshal string into Go struct field .Port of type int")]
    [InlineData("PUT", "agent/service/register", """{"Name":"x","Check":{"TTL":"abc"}}""", 400, "Request decode failed: time: invalid duration \"abc\"")]
    [InlineData("PUT", "agent/service/register", """{"Name":"x","Check":{"TTL":"1s","HTTP":"http://a"}}""", 400, "Invalid check: Interval must be > 0 for Script, HTTP, or TCP checks")]
    [InlineData("PUT", "agent/service/register", """{"Name":"x","Check":{"TTL":"1s","HTTP":"http://a","Interval":"1s"}}""", 400, "Invalid check: Interval and TTL cannot both be specified")]
    [InlineData("PUT", "agent/service/register", """{"Name":"x","Check":{"Status":"bogus","TTL":"10s"}}""", 400, "Status for checks must 'passing', 'warning', 'critical'")]
    [InlineData("PUT", "agent/service/register", """{"Name":"x","Check":{"Args":["a"],"Interval":"1s"}}""", 500, "Scripts are disabled on this agent from remote calls; to enable, configure 'enable_script_checks' to true")]
    [InlineData("PUT", "agent/service/register", """{"Name":"x","Check":{}}""", 200, "")]
    [InlineData("PUT", "agent/service/register", """{"Name":"x","Address":"0.0.0.0"}""", 400, "Invalid service address")]
    [InlineData("PUT", "agent/service/register", """{"Name":"x","Meta":{"a b":"v"}}""", 400, "Invalid Service Meta: Couldn't load metadata pair ('a b', 'v'): Key contains invalid characters")]
    [InlineData("PUT", "agent/service/register", """{"Name":"x","Weights":{"Passing":0}}""", 400, "Invalid Weights: Passing must be greater than 0")]
    [InlineData("GET", "agent/service/register", null, 405, "method GET not allowed")]
    [InlineData("PUT", "agent/service/deregister/nope", null, 200, "")]
    [InlineData("PUT", "agent/service/deregister/", null, 500, "ServiceID missing")]
    [InlineData("PUT", "agent/check/pass/nope", null, 500, "CheckID \"nope\" does not have associated TTL")]
    [InlineData("PUT", "agent/check/deregister/nope", null, 200, "")]
    [InlineData("PUT", "agent/check/update/nope", """{"Status":"bogus"}""", 400, "Invalid check status: 'bogus'")]
    [InlineData("PUT", "agent/check/register", """{"Name":"c","TTL":"1s","ServiceID":"nosuch"}""", 500, "ServiceID \"nosuch\" does not exist")]
    [InlineData("PUT", "agent/check/register", """{"TTL":"1s"}""", 400, "Missing check name")]
    [InlineData("PUT", "agent/check/register", """{"Name":"c","TTL":"1s","Status":"x"}""", 400, "Bad check status")]
    [InlineData("PUT", "agent/service/maintenance/nope?enable=true", null, 404, "No service registered with ID \"nope\"")]
    [InlineData("PUT", "agent/maintenance", null, 400, "Missing value for enable")]
    [InlineData("PUT", "agent/maintenance?enable=x", null, 400, "Invalid value for enable: \"x\"")]
    [InlineData("PUT", "agent/force-leave/nope", null, 500, "agent: No node found with name 'nope'")]
    [InlineData("GET", "agent/service/nope", null, 404, "unknown service ID: nope")]
    [InlineData("GET", "agent/health/service/name/nope", null, 404, "[]")]
    [InlineData("GET", "agent/health/service/name/nope?format=text", null, 404, "ServiceName nope Not Found")]
    [InlineData("GET", "agent/health/service/id/nope", null, 404, """{"AggregatedStatus":"critical","Service":null,"Checks":null}""")]
    [InlineData("PUT", "kv/k?cas=5", "v", 200, "false")]
    [InlineData("PUT", "kv/k?cas=abc", "v", 500, "strconv.ParseUint: parsing \"abc\": invalid syntax")]
    [InlineData("PUT", "kv/k?flags=99999999999999999999", "v", 500, "strconv.ParseUint: parsing \"99999999999999999999\": value out of range")]
    [InlineData("PUT", "kv/k?acquire=00000000-0000-0000-0000-000000000000", "v", 500, "invalid session \"00000000-0000-0000-0000-000000000000\"")]
    [InlineData("PUT", "kv/k?acquire=x", "v", 500, "failed session lookup: index error: UUID must be 36 characters")]
    [InlineData("PUT", "kv/k?cas=0&acquire=x", "v", 400, "Conflicting flags: acquire=x&cas=0")]
    [InlineData("GET", "kv/k", null, 404, "")]
    [InlineData("GET", "kv/k?recurse", null, 404, "")]
    [InlineData("GET", "kv/k?keys", null, 404, "")]
    [InlineData("GET", "kv/?keys", null, 200, "[]")]
    [InlineData("DELETE", "kv/k", null, 200, "true")]
    [InlineData("GET", "kv/", null, 400, "Missing key name")]
    [InlineData("PUT", "kv/", null, 400, "Missing key name")]
    [InlineData("GET", "health/service/x?wait=abc", null, 400, "Invalid wait time")]
    [InlineData("GET", "health/service/x?wait=10", null, 400, "Invalid wait time")]
    [InlineData("GET", "health/service/x?wait=1x", null, 400, "Invalid wait time")]
    [InlineData("GET", "health/service/x?index=abc", null, 400, "Invalid index")]
    [InlineData("GET", "health/service/x?index=-1", null, 400, "Invalid index")]
    [InlineData("GET", "health/service/x", null, 200, "[]")]
    [InlineData("GET", "health/service/", null, 400, "Missing service name")]
    [InlineData("GET", "health/service/x?passing=abc", null, 400, "Invalid value for ?passing")]
    [InlineData("GET", "catalog/service/x", null, 200, "[]")]
    [InlineData("GET", "catalog/node/x", null, 200, "null")]
    [InlineData("GET", "catalog/node-services/x", null, 200, """{"Node":null,"Services":null}""")]
    [InlineData("GET", "health/node/x", null, 200, "[]")]
    [InlineData("GET", "health/service/x?dc=nope", null, 500, "No path to datacenter")]
    [InlineData("GET", "kv/k?dc=nope", null, 500, "No path to datacenter")]
    [InlineData("GET", "catalog/nodes?stale&consistent", null, 400, "Cannot specify ?stale with ?consistent, conflicting semantics.")]
    [InlineData("GET", "catalog/datacenters", null, 200, """["dc1"]""")]
    [InlineData("GET", "status/leader", null, 200, "\"127.0.0.1:8300\"")]
    [InlineData("GET", "status/peers", null, 200, """["127.0.0.1:8300"]""")]
    [InlineData("GET", "nope", null, 404, "")]
    [InlineData("PUT", "catalog/register", """{"Node":"e"}""", 500, "Must provide address if SkipNodeUpdate is not set")]
    [InlineData("PUT", "catalog/register", """{"Address":"e"}""", 500, "Must provide node")]
    [InlineData("PUT", "catalog/register", """{"Node":"e","Address":"a","Service":{"Port":"x"}}""", 400, "Request decode failed: json: cannot unmarshal string into Go struct field NodeService.Service.Port of type int")]
    [InlineData("PUT", "catalog/deregister", "{}", 500, "Must provide node")]
    [InlineData("PUT", "catalog/deregister", """{"Node":"unknown"}""", 200, "true")]
    public async Task Request_AnswersAsConsulDoes(string method, string path, string? body, int status, string expected)
    {
        await using var agent = await AgentFixture.StartAsync();

        var answer = await agent.SendAsync(method, path, body);

        Assert.Equal((status, expected), ((int)answer.Status, answer.Body));
    }

    [Theory]
    [InlineData("agent/service/register", "OPTIONS,PUT")]
    [InlineData("agent/self", "OPTIONS,GET")]
    [InlineData("kv/x", "OPTIONS,GET,PUT,DELETE")]
    public async Task WrongMethod_SaysWhichAreAllowed(string path, string allow)
    {
        await using var agent = await AgentFixture.StartAsync();

        var wrong = await agent.SendAsync("PATCH", path);
        var options = await agent.SendAsync("OPTIONS", path);

        Assert.Equal((405, allow), ((int)wrong.Status, wrong.Headers["Allow"]));
        Assert.Equal((200, allow), ((int)options.Status, options.Headers["Allow"]));
    }

    [Fact]
    public async Task ErrorOfCatalog_CarriesIndexOneAndNoLeader()
    {
        await using var agent = await AgentFixture.StartAsync();

        var answer = await agent.GetAsync("health/service/x?dc=nope");

        Assert.Equal((1UL, "false"), (answer.Index, answer.Headers["X-Consul-Knownleader"]));
    }

    [Fact]
    public async Task Reads_CarryTheHeadersOfTheirKind()
    {
        await using var agent = await AgentFixture.StartAsync();
        await agent.PutAsync("kv/k", "v");

        var health = await agent.GetAsync("health/service/consul?cached&stale");
        var raw = await agent.GetAsync("kv/k?raw");

        Assert.Equal("stale", health.Headers["X-Consul-Effective-Consistency"]);
        Assert.Equal("MISS", health.Headers["X-Cache"]);
        Assert.Equal("Accept-Encoding", health.Headers["Vary"]);
        Assert.Equal(("text/plain", "sandbox", "nosniff"), (raw.Headers["Content-Type"], raw.Headers["Content-Security-Policy"], raw.Headers["X-Content-Type-Options"]));
        Assert.DoesNotContain("X-Consul-Effective-Consistency", raw.Headers.Keys);
        Assert.Equal("v", raw.Body);
    }

    [Fact]
    public async Task ValueTooLarge_IsRefusedWithItsSize()
    {
        await using var agent = await AgentFixture.StartAsync();

        var answer = await agent.SendAsync("PUT", "kv/big", new string('x', 600_000));
        await agent.PutAsync("kv/big", new string('x', 512 * 1024));

        Assert.Equal(413, (int)answer.Status);
        Assert.StartsWith("Request body(600000 bytes) too large, max size: 524288 bytes.", answer.Body, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Pretty_IndentsByFourAndEndsWithANewline()
    {
        await using var agent = await AgentFixture.StartAsync();

        Assert.Equal("[\n    \"dc1\"\n]\n", (await agent.GetAsync("catalog/datacenters?pretty")).Body);
    }

    [Fact]
    public async Task TokenInQueryOfARequestThatFails_IsNotLogged()
    {
        await using var agent = await AgentFixture.StartAsync();
        foreach (var path in new[] { "kv/k?token=s3cret", "kv/%zz?token=s3cret", "nope?token=s3cret", "kv/k?cas=0&acquire=x&token=s3cret" })
        {
            var answer = await agent.SendAsync("PUT", path, "v");
            Assert.DoesNotContain("s3cret", answer.Body, StringComparison.Ordinal);
        }

        Assert.DoesNotContain(agent.Log.Entries, entry => entry.ToString().Contains("s3cret", StringComparison.Ordinal));
    }

    [Fact]
    public async Task TagsThatLookLikeOtherParameters_AreNotMistakenForThem()
    {
        await using var agent = await AgentFixture.StartAsync();
        await agent.PutAsync("agent/service/register", """{"Name":"web","Tags":["x","y"]}""");

        // Kept answers are found by what was asked for: each first line must not be the answer to the second.
        Assert.NotEqual("[]", (await agent.GetAsync("health/service/web?passing&tag=x")).Body);
        Assert.Equal("[]", (await agent.GetAsync("health/service/web?tag=passing%20x")).Body);
        Assert.NotEqual("[]", (await agent.GetAsync("health/service/web?tag=x&tag=y")).Body);
        Assert.Equal("[]", (await agent.GetAsync("health/service/web?tag=x%00y")).Body);
    }

    [Theory]
    [InlineData("kv/%01", 400, null)]
    [InlineData("kv/%C2%A0", 400, null)]
    [InlineData("kv/%E2%80%A8", 400, null)]
    [InlineData("kv/%7F", 400, null)]
    [InlineData("kv/a%2F%2Fb%20c%3Fd;e@f?x=%201", 301, "/v1/kv/a/b%20c%3Fd;e@f?x=%201")]
    [InlineData("kv?keys", 301, "/v1/kv/?keys")]
    [InlineData("health/service", 301, "/v1/health/service/")]
    [InlineData("kv/%20%C3%A9%2F%3F", 404, null)]
    [InlineData("kv/x?ns=team", 400, null)]
    [InlineData("agent/services?ns=team", 400, null)]
    [InlineData("catalog/nodes?ns=team", 200, null)]
    [InlineData("kv/x?ns=", 404, null)]
    public async Task OddTarget_IsTreatedAsConsulTreatsIt(string path, int status, string? location)
    {
        await using var agent = await AgentFixture.StartAsync();

        var answer = await agent.GetAsync(path);

        Assert.Equal((status, location), ((int)answer.Status, answer.Headers.GetValueOrDefault("Location")));
    }

    [Fact]
    public async Task FilterOfThirtyKilobytes_IsRead()
    {
        await using var agent = await AgentFixture.StartAsync();
        var filter = string.Join(" or ", Enumerable.Repeat("ServiceID==x", 1500));

        Assert.Equal("[]", (await agent.GetAsync($"catalog/service/consul?filter={Uri.EscapeDataString(filter)}")).Body);
    }
}
