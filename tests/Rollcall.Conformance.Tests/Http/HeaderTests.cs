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
