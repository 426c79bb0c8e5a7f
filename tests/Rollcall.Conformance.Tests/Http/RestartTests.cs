using System.Globalization;
using Rollcall.Agent;
using Rollcall.TestKit;

namespace Rollcall.Conformance.Tests.Http;

/// <summary>Who waits by an index of before a start with the state on disk goes on to wait, and hears of the next change.</summary>
public sealed class RestartTests : IDisposable
{
    private static readonly string[] s_paths =
    [
        "kv/a", "kv/none", "kv/below/?recurse", "catalog/service/web", "health/service/web", "session/list", "query", "config/service-defaults", "connect/intentions",
    ];

    // All nodes have one: Consul may write its own again, in the seconds around a start.
    private static readonly string[] s_pathsOfNodes = ["catalog/nodes", "catalog/services", "catalog/node/out"];

    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("rollcall-test-");

    public void Dispose() => _directory.Delete(recursive: true);

    [Theory]
    [OnEmbedded]
    [OnConsul]
    public async Task IndexesOfBeforeAStart_AreWaitedOn(AgentKind kind)
    {
        if (kind == AgentKind.Consul)
        {
            await using var consul = await RealConsul.StartAsync(new RealConsulOptions { Persistent = true });
            using var client = Client(consul.Address);
            var indexes = await PrepareAsync(client, s_paths);
            await consul.RestartAsync();
            await CheckAsync(client, indexes);
            return;
        }

        Dictionary<string, ulong> before;
        await using (var agent = await StartAsync())
        {
            using var client = Client(agent.Address);
            before = await PrepareAsync(client, [.. s_paths, .. s_pathsOfNodes]);
        }

        await using var again = await StartAsync();
        using var other = Client(again.Address);
        await CheckAsync(other, before);
    }

    private Task<TestedAgent> StartAsync() => TestedAgent.StartEmbeddedAsync(new ConsulAgentOptions { DataDirectory = _directory.FullName });

    private static HttpClient Client(Uri address) => new() { BaseAddress = new Uri(address, "/v1/"), Timeout = TimeSpan.FromSeconds(30) };

    private static async Task<Dictionary<string, ulong>> PrepareAsync(HttpClient http, string[] paths)
    {
        foreach (var (method, path, body) in ((string, string, string)[])
        [
            ("PUT", "kv/a", "1"), ("PUT", "kv/gone/x", "1"), ("DELETE", "kv/gone/x", ""), ("PUT", "kv/below/b", "1"),
            ("PUT", "catalog/register", """{"Node":"out","Address":"10.0.0.2","Service":{"Service":"web","ID":"w1"}}"""),
            ("PUT", "catalog/register", """{"Node":"out","Address":"10.0.0.2","Service":{"Service":"web","ID":"w2"}}"""),
            ("PUT", "catalog/deregister", """{"Node":"out","ServiceID":"w2"}"""),
            ("PUT", "config", """{"Kind":"service-defaults","Name":"web"}"""),
            ("DELETE", "config/service-defaults/web", ""),
            ("POST", "connect/intentions", """{"SourceName":"a","DestinationName":"b","Action":"deny"}"""),
            ("POST", "query", """{"Name":"q","Service":{"Service":"web"}}"""),
            ("PUT", "session/create", "{}"), ("PUT", "kv/last", "1"),
        ])
        {
            using var request = new HttpRequestMessage(new HttpMethod(method), path) { Content = new StringContent(body) };
            using var answer = await http.SendAsync(request);
            Assert.True(answer.IsSuccessStatusCode, $"{path}: {(int)answer.StatusCode} {await answer.Content.ReadAsStringAsync()}");
        }

        var indexes = new Dictionary<string, ulong>();
        foreach (var path in paths)
        {
            indexes.Add(path, await IndexAsync(http, path));
        }

        return indexes;
    }

    private static async Task CheckAsync(HttpClient http, Dictionary<string, ulong> before)
    {
        foreach (var (path, index) in before)
        {
            Assert.Equal((path, index), (path, await IndexAsync(http, path)));
        }

        // What has the index that is waited on is not answered before it changes.
        var waiting = http.GetAsync(new Uri(string.Create(CultureInfo.InvariantCulture, $"kv/a?index={before["kv/a"]}&wait=20s"), UriKind.Relative));
        using var put = await http.PutAsync(new Uri("kv/a", UriKind.Relative), new StringContent("2"));
        using var answer = await waiting.WithinAsync();
        Assert.Contains("\"Mg==\"", await answer.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    private static async Task<ulong> IndexAsync(HttpClient http, string path)
    {
        using var answer = await http.GetAsync(new Uri(path, UriKind.Relative));
        return ulong.Parse(answer.Headers.GetValues("X-Consul-Index").Single(), CultureInfo.InvariantCulture);
    }
}
