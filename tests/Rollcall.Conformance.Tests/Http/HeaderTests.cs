using System.IO.Compression;
using System.Text;
using Rollcall.Consul.Wire;

namespace Rollcall.Conformance.Tests.Http;

public class HeaderTests(Agents agents) : IClassFixture<Agents>
{
    public static IEnumerable<string> ConsistentPaths =>
    [
        "/v1/health/service/consul", "/v1/health/node/nope", "/v1/health/checks/nope", "/v1/health/state/any", "/v1/catalog/services",
        "/v1/catalog/nodes", "/v1/catalog/service/nope",
    ];

    [Theory]
    [OnEmbedded(nameof(ConsistentPaths))]
    [OnConsul(nameof(ConsistentPaths))]
    public async Task HealthAndCatalog_CarryIndexLeaderContactAndConsistency(AgentKind kind, string path)
    {
        var answer = await (await agents.GetAsync(kind)).GetAsync(path);

        Assert.Equal(200, answer.Status);
        Assert.True(answer.Index > 0);
        Assert.Equal("true", answer.Header(ConsulHeaders.KnownLeader));
        Assert.Equal("0", answer.Header(ConsulHeaders.LastContact));
        Assert.Equal("leader", answer.Header(ConsulHeaders.EffectiveConsistency));
    }

    [Theory]
    [OnEmbedded]
    [OnConsul]
    public async Task ErrorsOfHealth_CarryIndexOneAndNoLeader(AgentKind kind)
    {
        var answer = await (await agents.GetAsync(kind)).GetAsync("/v1/health/service/consul?dc=nope");

        Assert.Equal(500, answer.Status);
        Assert.Equal(1ul, answer.Index);
        Assert.Equal("false", answer.Header(ConsulHeaders.KnownLeader));
    }

    [Theory]
    [OnEmbedded]
    [OnConsul]
    public async Task CachedReads_SayWhoWasFirst(AgentKind kind)
    {
        var agent = await agents.GetAsync(kind);
        await agent.RegisterAsync("cached-one", "cached-one");
        Assert.Equal(200, (await agent.SendAsync("POST", "/v1/query", """{"Name":"cached","Service":{"Service":"nope"}}""")).Status);

        // One after the other: what was asked for before is a hit, whatever does not change what is fetched.
        (string Path, string Cache)[] reads =
        [
            ("health/service/cached?cached", "MISS"),
            ("health/service/cached?cached", "HIT"),
            ("health/service/cached?cached&passing", "HIT"),
            ("health/service/cached?cached&stale", "HIT"),
            ("health/service/cached?near=node1&cached=x", "HIT"),
            ("health/service/cached?cached&tag=b&tag=a", "MISS"),
            ("health/service/cached?cached&tag=a&tag=b", "HIT"),
            ("health/service/cached?cached&filter=Service.Port==1", "MISS"),
            ("health/service/cached?cached&node-meta=a:b", "MISS"),
            ("health/service/cached?cached&token=anonymous", "MISS"),
            ("health/service/CACHED?cached", "MISS"),
            ("health/service/cached?cached&index=100000&wait=10ms", "MISS"),
            ("health/service/cached-one?cached&index=1", "MISS"),
            ("health/service/cached-one?cached&index=1", "HIT"),
            ("catalog/service/cached?cached", "MISS"),
            ("catalog/service/cached?cached", "HIT"),
            ("catalog/services?cached", "MISS"),
            ("catalog/services?cached", "HIT"),
            ("catalog/datacenters?cached", "MISS"),
            ("catalog/datacenters?cached", "HIT"),
            ("query/cached/execute?cached", "MISS"),
            ("query/cached/execute?cached", "HIT"),
            ("query/cached/execute?cached&limit=1", "MISS"),
            ("health/connect/cached?cached", "MISS"),
            ("health/connect/cached?cached", "HIT"),
            ("catalog/nodes?cached", ""),
            ("health/checks/cached?cached", ""),
        ];
        foreach (var (path, cache) in reads)
        {
            var answer = await agent.GetAsync($"/v1/{path}");
            Assert.Equal((path, 200, cache, cache == "HIT"), (path, answer.Status, answer.Header(ConsulHeaders.Cache), answer.Header("Age") == "0"));
        }
    }

    public static IEnumerable<string> CacheControls =>
    [
        "max-age=5 200", "max-age=-1 200", "max-age 200", "max-age= 400", "max-age=abc 400", "MAX-AGE=1.5 400", "stale-if-error=x 400", "stale-if-error=30 200",
        "must-revalidate=x 200", "no-cache,max-age=1s 400", "max-age=1,must-revalidate 200", "max-age=99999999999999999999 400",
    ];

    [Theory]
    [OnEmbedded(nameof(CacheControls))]
    [OnConsul(nameof(CacheControls))]
    public async Task CacheControl_HasWholeSeconds(AgentKind kind, string row)
    {
        var (value, status) = (row.Split(' ')[0], row.Split(' ')[1] == "400" ? 400 : 200);
        var agent = await agents.GetAsync(kind);

        foreach (var path in (string[])["/v1/health/service/consul?cached", "/v1/catalog/nodes", "/v1/kv/?keys", "/v1/session/list"])
        {
            var answer = await agent.SendAsync("GET", path, null, ("Cache-Control", value));
            Assert.Equal(status == 400, answer.Status == 400);
            Assert.Equal(status == 400, answer.Text == "Invalid Cache-Control header.");
        }

        Assert.Equal(200, (await agent.SendAsync("GET", "/v1/agent/services", null, ("Cache-Control", value))).Status);
    }

    [Theory]
    [OnEmbedded]
    [OnConsul]
    public async Task MissingKey_StillCarriesAnIndex(AgentKind kind)
    {
        var answer = await (await agents.GetAsync(kind)).GetAsync("/v1/kv/headers/none");

        Assert.Equal(404, answer.Status);
        Assert.True(answer.Index > 0);
        Assert.Equal("true", answer.Header(ConsulHeaders.KnownLeader));
    }

    [Theory]
    [OnEmbedded]
    [OnConsul]
    public async Task RawValue_IsPlainTextThatNoBrowserRuns(AgentKind kind)
    {
        var agent = await agents.GetAsync(kind);
        _ = await agent.PutAsync("/v1/kv/headers/raw", "<script>");

        var answer = await agent.GetAsync("/v1/kv/headers/raw?raw");

        Assert.Equal("<script>", answer.Text);
        Assert.Equal("text/plain", answer.Header("Content-Type"));
        Assert.Equal("sandbox", answer.Header("Content-Security-Policy"));
        Assert.Equal("nosniff", answer.Header("X-Content-Type-Options"));
    }

    public static IEnumerable<string> Refusals => ["gzip;q=0", "identity", "deflate", "*"];

    [Theory]
    [OnEmbedded(nameof(Refusals))]
    [OnConsul(nameof(Refusals))]
    public async Task ClientThatDoesNotNameGzip_GetsPlainBytes(AgentKind kind, string acceptEncoding)
    {
        var agent = await agents.GetAsync(kind);
        _ = await agent.PutAsync("/v1/kv/headers/plain", new string('z', 20_000));

        var answer = await agent.SendAsync("GET", "/v1/kv/headers/plain", null, ("Accept-Encoding", acceptEncoding));

        Assert.Equal("", answer.Header("Content-Encoding"));
        Assert.Contains("headers/plain", answer.Text, StringComparison.Ordinal);
    }

    [Theory]
    [OnEmbedded]
    [OnConsul]
    public async Task ClientThatTakesGzip_GetsIt(AgentKind kind)
    {
        var agent = await agents.GetAsync(kind);
        _ = await agent.PutAsync("/v1/kv/headers/zip", new string('z', 20_000));

        var answer = await agent.SendAsync("GET", "/v1/kv/headers/zip", null, ("Accept-Encoding", "gzip"));

        Assert.Equal("gzip", answer.Header("Content-Encoding"));
        await using var unzipped = new GZipStream(new MemoryStream(answer.Body), CompressionMode.Decompress);
        using var reader = new StreamReader(unzipped, Encoding.UTF8);
        Assert.Contains("headers/zip", await reader.ReadToEndAsync(), StringComparison.Ordinal);
    }
}
