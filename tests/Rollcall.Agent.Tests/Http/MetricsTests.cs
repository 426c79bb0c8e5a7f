using System.Globalization;
using System.Net;
using System.Text.Json.Nodes;
using Rollcall.Agent.Metrics;
using Rollcall.Agent.Tests.Durability;
using Rollcall.TestKit;

namespace Rollcall.Agent.Tests.Http;

public sealed class MetricsTests
{
    [Fact]
    public async Task Requests_AreInTheWindowThatHasEnded()
    {
        await using var agent = await AgentFixture.StartAsync();
        _ = await agent.GetAsync("kv/a/b");
        _ = await agent.GetAsync("kv/c");
        agent.Time.Advance(AgentMetrics.Interval);
        _ = await agent.GetAsync("kv/d");

        var metrics = (await agent.GetAsync("agent/metrics")).Json!;

        var sample = Assert.Single(metrics["Samples"]!.AsArray(), static sample => (string)sample!["Name"]! == "consul.http.GET.v1.kv._");
        Assert.Equal(2, (int)sample!["Count"]!);
        Assert.Equal(1, (int)Gauge(metrics, "consul.autopilot.healthy"));
        Assert.Equal(agent.Agent.Store.Root.Index, (ulong)Gauge(metrics, "consul.raft.applied_index"));
    }

    [Fact]
    public async Task ChecksOfTheAgent_AreCountedByStatus()
    {
        await using var agent = await AgentFixture.StartAsync();
        foreach (var (id, status) in new[] { ("a", "pass"), ("b", "pass"), ("c", "warn"), ("d", "fail") })
        {
            await agent.PutAsync("agent/check/register", $$"""{"Name":"{{id}}","TTL":"1m"}""");
            await agent.PutAsync($"agent/check/{status}/{id}");
        }

        var metrics = (await agent.GetAsync("agent/metrics")).Json!;
        Assert.Equal((2, 1, 1), (Gauge(metrics, "rollcall.agent.checks_passing"), Gauge(metrics, "rollcall.agent.checks_warning"), Gauge(metrics, "rollcall.agent.checks_critical")));
    }

    [Fact]
    public async Task WritesThatTheDiskRefuses_AreCounted_AndTheAgentIsNotHealthyUntilOneIsKept()
    {
        var journal = new FailingJournal();
        await using var agent = await AgentFixture.StartAsync(configure: options => options.Journal = journal);
        async Task<(bool, bool, double)> HealthAsync()
        {
            var health = (await agent.GetAsync("operator/autopilot/health")).Json!;
            return ((bool)health["Healthy"]!, (bool)health["Servers"]![0]!["Healthy"]!, Gauge((await agent.GetAsync("agent/metrics")).Json!, "consul.autopilot.healthy"));
        }

        await agent.PutAsync("kv/a", "1");
        Assert.Equal((true, true, 1), await HealthAsync());
        journal.Fails = true;
        Assert.Equal(HttpStatusCode.InternalServerError, (await agent.SendAsync("PUT", "kv/a", "2")).Status);
        Assert.Equal((false, false, 0), await HealthAsync());
        var refused = Assert.Single((await agent.GetAsync("agent/metrics")).Json!["Counters"]!.AsArray(), static counter => (string)counter!["Name"]! == "rollcall.agent.refused");
        Assert.Equal(("disk", 1), ((string)refused!["Labels"]!["reason"]!, (int)refused["Count"]!));

        journal.Fails = false;
        await agent.PutAsync("kv/a", "3");
        Assert.Equal((true, true, 1), await HealthAsync());
    }

    [Fact]
    public void Samples_HaveTheirMoments()
    {
        var metrics = new AgentMetrics(new FakeTimeProvider());
        foreach (var value in new[] { 1.0, 2, 3, 6 })
        {
            metrics.Measure("m", value);
        }

        var sample = metrics.Window().Samples["m"];

        Assert.Equal((4, 12, 1, 6, 3), (sample.Count, sample.Sum, sample.Min, sample.Max, sample.Mean));
        Assert.Equal(Math.Sqrt(14.0 / 3), sample.Deviation, 12);
    }

    // The form of Consul's lines, but for the reading of Go's own clock after the time.
    [Fact]
    public async Task Text_HasALineForEach()
    {
        var journal = new FailingJournal();
        await using var agent = await AgentFixture.StartAsync(configure: options => options.Journal = journal);
        _ = await agent.GetAsync("agent/self");
        journal.Fails = true;
        _ = await agent.SendAsync("PUT", "kv/a", "2");
        var now = agent.Time.GetUtcNow().UtcDateTime;
        agent.Time.Advance(AgentMetrics.Interval);

        using var writer = new StringWriter(CultureInfo.InvariantCulture);
        agent.Agent.WriteMetrics(writer);

        var lines = writer.ToString().Split('\n');
        var window = now.AddSeconds(-(now.Second % 10)).ToString("yyyy-MM-dd HH:mm:ss", CultureInfo.InvariantCulture);
        var time = now.ToString("yyyy-MM-dd HH:mm:ss.FFFFFFF", CultureInfo.InvariantCulture);
        Assert.Contains($"[{window} +0000 UTC][G] 'consul.autopilot.healthy': 0.000", lines);
        Assert.Contains($"[{window} +0000 UTC][C] 'rollcall.agent.refused.disk': Count: 1 Sum: 1.000 LastUpdated: {time} +0000 UTC", lines);
        Assert.Contains($"[{window} +0000 UTC][S] 'consul.http.GET.v1.agent.self': Count: 1 Sum: 0.000 LastUpdated: {time} +0000 UTC", lines);
    }

    [Fact]
    public void Text_HasTheMomentsOfWhatVaries()
    {
        var window = new SampleWindow();
        window.Add(1, DateTimeOffset.UnixEpoch);
        window.Add(3, DateTimeOffset.UnixEpoch.AddMilliseconds(1500));

        Assert.Equal("Count: 2 Min: 1.000 Mean: 2.000 Max: 3.000 Stddev: 1.414 Sum: 4.000 LastUpdated: 1970-01-01 00:00:01.5 +0000 UTC", MetricsText.Moments(window));
    }

    [Fact]
    public void WindowWithoutSamples_IsEmpty()
    {
        var time = new FakeTimeProvider();
        var metrics = new AgentMetrics(time);
        metrics.Measure("m", 1);

        time.Advance(2 * AgentMetrics.Interval);

        Assert.Empty(metrics.Window().Samples);
        Assert.Equal(1, metrics.Totals(0.5)["m"].Count);
    }

    [Fact]
    public void Totals_GiveQuantiles()
    {
        var metrics = new AgentMetrics(new FakeTimeProvider());
        for (var i = 1; i <= 100; i++)
        {
            metrics.Measure("m", i);
        }

        var (count, sum, quantiles) = metrics.Totals(0.5, 0.9, 0.99)["m"];

        Assert.Equal((100, 5050), (count, sum));
        Assert.Equal([50, 90, 99], quantiles);
    }

    [Fact]
    public async Task Prometheus_IsGivenWhereItIsEnabled()
    {
        await using var agent = await ConsulAgent.StartAsync(new ConsulAgentOptions { HttpPort = 0, NodeName = "n1", PrometheusRetention = TimeSpan.FromMinutes(1) });
        using var http = new HttpClient { BaseAddress = agent.HttpAddress };
        _ = await http.GetStringAsync("/v1/agent/self").WithinAsync();

        using var answer = await http.GetAsync("/v1/agent/metrics?format=prometheus").WithinAsync();

        Assert.Equal("text/plain; version=0.0.4; charset=utf-8", answer.Content.Headers.ContentType!.ToString());
        var lines = (await answer.Content.ReadAsStringAsync().WithinAsync()).Split('\n');
        Assert.Contains("# TYPE consul_http_GET_v1_agent_self summary", lines);
        Assert.Contains("consul_http_GET_v1_agent_self_count 1", lines);
        Assert.Contains("consul_autopilot_healthy 1", lines);
        Assert.Single(lines, static line => line.StartsWith("consul_http_GET_v1_agent_self{quantile=\"0.5\"} ", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("metrics_prefix = \"shop\"", "shop.raft.last_index shop.runtime.alloc_bytes shop.runtime.sys_bytes rollcall.agent.watchers shop.http.GET.v1.agent.self")]
    [InlineData("metrics_prefix = \"\"", "raft.last_index runtime.alloc_bytes runtime.sys_bytes rollcall.agent.watchers http.GET.v1.agent.self")]
    [InlineData("prefix_filter = [\"-consul.runtime\", \"+consul.runtime.alloc\", \"-rollcall\"]", "consul.raft.last_index consul.runtime.alloc_bytes consul.http.GET.v1.agent.self")]
    [InlineData("filter_default = false prefix_filter = [\"+shop.http\", \"+shop.raft\", \"-shop.raft\"] metrics_prefix = \"shop\"", "shop.http.GET.v1.agent.self")]
    [InlineData("filter_default = false", "")]
    [InlineData("disable_hostname = false", "consul.raft.last_index consul.runtime.alloc_bytes consul.runtime.sys_bytes rollcall.agent.watchers consul.http.GET.v1.agent.self")]
    [InlineData("disable_hostname = true prometheus_retention_time = \"1h\"", "consul.raft.last_index consul.runtime.alloc_bytes consul.runtime.sys_bytes rollcall.agent.watchers consul.http.GET.v1.agent.self")]
    [InlineData("prometheus_retention_time = \"1h\"", "consul.HOST.raft.last_index consul.HOST.runtime.alloc_bytes consul.HOST.runtime.sys_bytes rollcall.agent.watchers consul.http.GET.v1.agent.self")]
    [InlineData("statsd_address = \"127.0.0.1:8125\" prefix_filter = [\"-consul.HOST.runtime\", \"-consul.raft\"]", "consul.HOST.raft.last_index rollcall.agent.watchers consul.http.GET.v1.agent.self")]
    public async Task Names_AreWhatTheConfigurationSays(string telemetry, string expected)
    {
        await using var agent = await AgentFixture.StartAsync(configuration: () =>
        {
            var configuration = new AgentConfiguration();
            configuration.AddText("x", $"telemetry {{ {OfHost(telemetry)} }}", "hcl");
            return configuration;
        });
        _ = await agent.GetAsync("agent/self");

        var metrics = (await agent.GetAsync("agent/metrics")).Json!;

        string[] some = [".last_index", ".alloc_bytes", ".sys_bytes", ".watchers", ".agent.self"];
        Assert.Equal(
            OfHost(expected),
            string.Join(' ', metrics["Gauges"]!.AsArray().Concat(metrics["Samples"]!.AsArray()).Select(static one => (string)one!["Name"]!).Where(name => some.Any(end => name.EndsWith(end, StringComparison.Ordinal)))
                .OrderBy(name => Array.FindIndex(some, end => name.EndsWith(end, StringComparison.Ordinal)))));
    }

    [Fact]
    public async Task Prometheus_HasTheSameNames()
    {
        await using var agent = await AgentFixture.StartAsync(configuration: static () =>
        {
            var configuration = new AgentConfiguration();
            configuration.AddText("x", "telemetry { prometheus_retention_time = \"1h\" disable_hostname = true metrics_prefix = \"shop\" prefix_filter = [\"-shop.runtime\"] }", "hcl");
            return configuration;
        });
        _ = await agent.GetAsync("agent/self");

        var lines = (await agent.GetAsync("agent/metrics?format=prometheus")).Body.Split('\n');

        Assert.Contains("# TYPE shop_http_GET_v1_agent_self summary", lines);
        Assert.Contains("shop_autopilot_healthy 1", lines);
        Assert.DoesNotContain(lines, static line => line.Contains("consul_", StringComparison.Ordinal) || line.Contains("runtime", StringComparison.Ordinal));
    }

    /// <summary>Prometheus refuses all that it scrapes for one name that is none (its text format 0.0.4).</summary>
    [Theory]
    [InlineData("a/b=c d", "a_b_c_d_autopilot_healthy 1")]
    [InlineData("my-pre.x/y=z", "my_pre_x_y_z_autopilot_healthy 1")]
    [InlineData("9é:", "_9_:_autopilot_healthy 1")]
    public async Task Prometheus_HasNamesThatItTakes(string prefix, string expected)
    {
        await using var agent = await AgentFixture.StartAsync(configuration: () =>
        {
            var configuration = new AgentConfiguration();
            configuration.AddText("x", $"telemetry {{ prometheus_retention_time = \"1h\" disable_hostname = true metrics_prefix = \"{prefix}\" }}", "hcl");
            return configuration;
        });
        _ = await agent.GetAsync("agent/self");

        var lines = (await agent.GetAsync("agent/metrics?format=prometheus")).Body.TrimEnd('\n').Split('\n');

        Assert.Contains(expected, lines);
        Assert.All(lines, static line => Assert.Matches("""^(# (HELP|TYPE) [a-zA-Z_:][a-zA-Z0-9_:]* [^\n]+|[a-zA-Z_:][a-zA-Z0-9_:]*(\{[a-zA-Z_][a-zA-Z0-9_]*="[^"\n]*"\})? \S+)$""", line));
    }

    [Fact]
    public async Task Host_TellsOfTheMachine()
    {
        await using var agent = await AgentFixture.StartAsync();

        var host = (await agent.GetAsync("agent/host")).Json!;

        Assert.Equal(Environment.MachineName, (string)host["Host"]!["hostname"]!);
        Assert.Equal(Environment.ProcessorCount, host["CPU"]!.AsArray().Count);
        Assert.True((long)host["Memory"]!["total"]! > (long)host["Memory"]!["free"]!);
        Assert.True((long)host["Disk"]!["total"]! > 0);
    }

    [Fact]
    public async Task AutopilotHealth_TellsOfTheOneServer()
    {
        await using var agent = await AgentFixture.StartAsync();

        var health = (await agent.GetAsync("operator/autopilot/health")).Json!;

        Assert.True((bool)health["Healthy"]!);
        var server = Assert.Single(health["Servers"]!.AsArray())!;
        Assert.Equal(("n1", "alive", true), ((string)server["Name"]!, (string)server["SerfStatus"]!, (bool)server["Voter"]!));
        Assert.Equal(agent.Time.GetUtcNow().UtcDateTime.ToString("yyyy-MM-ddTHH:mm:ssZ", System.Globalization.CultureInfo.InvariantCulture), (string)server["StableSince"]!);
    }

    private static string OfHost(string text) => text.Replace("HOST", System.Net.Dns.GetHostName(), StringComparison.Ordinal);

    private static double Gauge(JsonNode metrics, string name) =>
        (double)metrics["Gauges"]!.AsArray().Single(gauge => (string)gauge!["Name"]! == name)!["Value"]!;
}
