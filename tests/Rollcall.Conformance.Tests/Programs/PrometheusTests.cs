using System.Globalization;
using System.Text.Json.Nodes;
using Rollcall.TestKit;

namespace Rollcall.Conformance.Tests.Programs;

/// <summary>
/// Prometheus finds what it scrapes in both agents (<c>consul_sd_configs</c>), and follows it. One for both: it looks every few seconds at what
/// was found. Where there is no Consul, it follows the embedded agent alone.
/// </summary>
public class PrometheusTests(Agents agents) : IClassFixture<Agents>
{
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(60);
    private static readonly AgentKind[] s_kinds = RealConsul.MissingReason is null ? [AgentKind.Embedded, AgentKind.Consul] : [AgentKind.Embedded];

    [RequiresPrometheusFact]
    public async Task Targets_FollowTheCatalog()
    {
        var directory = Directory.CreateTempSubdirectory("rollcall-test-");
        try
        {
            var config = Path.Combine(directory.FullName, "prometheus.yml");
            await File.WriteAllTextAsync(config, "scrape_configs:\n" + string.Concat(await Task.WhenAll(s_kinds.Select(JobAsync))));
            var port = FreePort.Next();
            await using var prometheus = ChildProcess.Start(
                Prometheus.Path,
                [
                    $"--config.file={config}",
                    $"--storage.tsdb.path={Path.Combine(directory.FullName, "data")}",
                    string.Create(CultureInfo.InvariantCulture, $"--web.listen-address=127.0.0.1:{port}"),
                ]);
            using var http = new HttpClient { BaseAddress = new Uri(string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{port}")) };

            await OnAllAsync(agent => agent.RegisterAsync("scraped", "scraped-1", """ "Address":"127.0.0.1","Port":1,"Tags":["metrics"],"Meta":{"team":"a"} """));
            await UntilAsync(targets => targets is ["127.0.0.1:1 ,metrics, a"]);

            await OnAllAsync(agent => agent.RegisterAsync("scraped", "scraped-2", """ "Address":"127.0.0.1","Port":2 """));
            await UntilAsync(targets => targets.Length == 2);

            await OnAllAsync(agent => agent.PutAsync("/v1/agent/service/deregister/scraped-1"));
            await UntilAsync(targets => targets is [['1', '2', '7', '.', '0', '.', '0', '.', '1', ':', '2', ..]]);

            Task UntilAsync(Predicate<string[]> matches) => Eventually.TrueAsync(
                async () =>
                {
                    var targets = await TargetsAsync(http);
                    return s_kinds.All(kind => matches([.. targets[$"{kind}"]]));
                },
                s_patience,
                () => prometheus.Error);
        }
        finally
        {
            directory.Delete(recursive: true);
        }
    }

    private async Task<string> JobAsync(AgentKind kind) => $"""
        - job_name: {kind}
          consul_sd_configs:
          - server: {(await agents.GetAsync(kind)).Address.Authority}
            services: [scraped]
            refresh_interval: 1s

        """;

    private Task OnAllAsync(Func<TestedAgent, Task> change) => Task.WhenAll(s_kinds.Select(async kind => await change(await agents.GetAsync(kind))));

    /// <summary>Address, tags and a piece of metadata of each target, by job; none while it does not listen yet.</summary>
    private static async Task<ILookup<string, string>> TargetsAsync(HttpClient http)
    {
        JsonArray targets = [];
        try
        {
            targets = JsonNode.Parse(await http.GetStringAsync("/api/v1/targets"))!["data"]!["activeTargets"]!.AsArray();
        }
        catch (HttpRequestException)
        {
        }

        return targets.Select(target => target!["discoveredLabels"]!)
            .ToLookup(labels => $"{labels["job"]}", labels => $"{labels["__address__"]} {labels["__meta_consul_tags"]} {labels["__meta_consul_service_metadata_team"]}");
    }
}
