using System.Globalization;
using System.Text.Json.Nodes;
using Rollcall.TestKit;

namespace Rollcall.Conformance.Tests.Programs;

/// <summary>Prometheus finds what it scrapes in both agents (<c>consul_sd_configs</c>), and follows it.</summary>
public class PrometheusTests(Agents agents) : IClassFixture<Agents>
{
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(60);

    [RequiresPrometheusTheory]
    [OnEmbedded]
    [OnConsul]
    public async Task Targets_FollowTheCatalog(AgentKind kind)
    {
        var agent = await agents.GetAsync(kind);
        await agent.RegisterAsync("scraped", "scraped-1", """ "Address":"127.0.0.1","Port":1,"Tags":["metrics"],"Meta":{"team":"a"} """);
        var directory = Directory.CreateTempSubdirectory("rollcall-test-");
        try
        {
            var config = Path.Combine(directory.FullName, "prometheus.yml");
            await File.WriteAllTextAsync(config, $$"""
                scrape_configs:
                - job_name: consul
                  consul_sd_configs:
                  - server: {{agent.Address.Authority}}
                    services: [scraped]
                    refresh_interval: 1s
                """);
            var port = FreePort.Next();
            await using var prometheus = ChildProcess.Start(
                Prometheus.Path,
                [
                    $"--config.file={config}",
                    $"--storage.tsdb.path={Path.Combine(directory.FullName, "data")}",
                    string.Create(CultureInfo.InvariantCulture, $"--web.listen-address=127.0.0.1:{port}"),
                ]);
            using var http = new HttpClient { BaseAddress = new Uri(string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{port}")) };

            await Eventually.TrueAsync(async () => await AddressesAsync(http) is ["127.0.0.1:1 ,metrics, a"], s_patience, () => prometheus.Error);

            await agent.RegisterAsync("scraped", "scraped-2", """ "Address":"127.0.0.1","Port":2 """);
            await Eventually.TrueAsync(async () => (await AddressesAsync(http)).Length == 2, s_patience, () => prometheus.Error);

            _ = await agent.PutAsync("/v1/agent/service/deregister/scraped-1");
            await Eventually.TrueAsync(async () => await AddressesAsync(http) is [['1', '2', '7', '.', '0', '.', '0', '.', '1', ':', '2', ..]], s_patience, () => prometheus.Error);
            _ = await agent.PutAsync("/v1/agent/service/deregister/scraped-2");
        }
        finally
        {
            directory.Delete(recursive: true);
        }
    }

    /// <summary>Address, tags and a piece of metadata of each target; none while it does not listen yet.</summary>
    private static async Task<string[]> AddressesAsync(HttpClient http)
    {
        try
        {
            var targets = JsonNode.Parse(await http.GetStringAsync("/api/v1/targets"))!["data"]!["activeTargets"]!.AsArray();
            return [.. targets.Select(target => target!["discoveredLabels"]!)
                .Select(labels => $"{labels["__address__"]} {labels["__meta_consul_tags"]} {labels["__meta_consul_service_metadata_team"]}")];
        }
        catch (HttpRequestException)
        {
            return [];
        }
    }
}
