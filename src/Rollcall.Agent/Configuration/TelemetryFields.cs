using Rollcall.Agent.Metrics;

namespace Rollcall.Agent.Configuration;

/// <summary>What several sources of configuration say of measurements, together. They are sent nowhere; they can be asked for.</summary>
internal sealed class TelemetryFields
{
    private readonly List<string> _warnings = [];
    private readonly HashSet<string> _sinks = [];
    private TimeSpan? _retention;
    private string? _prefix;
    private readonly List<string> _filter = [];
    private bool? _tellsOthers;
    private bool? _withoutHost;

    /// <summary>What was asked for that is not done.</summary>
    public IEnumerable<string> Warnings =>
    [
        .. _sinks.Order(StringComparer.Ordinal).Select(static sink => $"telemetry.{sink} is ignored: scrape agent/metrics?format=prometheus (telemetry.prometheus_retention_time) in place of it"),
        .. _warnings,
    ];

    public void Apply(ConfigObject telemetry)
    {
        _retention = telemetry.Duration("prometheus_retention_time") ?? _retention;
        _prefix = telemetry.Text("metrics_prefix") ?? _prefix;
        _tellsOthers = telemetry.Bool("filter_default") ?? _tellsOthers;
        _withoutHost = telemetry.Bool("disable_hostname") ?? _withoutHost;
        AddRules(telemetry.Texts("prefix_filter") ?? []);

        // Each of these is what the others of its kind belong to.
        foreach (var sink in (ReadOnlySpan<string>)["statsd_address", "statsite_address", "dogstatsd_addr", "circonus_api_token", "circonus_submission_url"])
        {
            switch (telemetry.Text(sink))
            {
                case "":
                    _sinks.Remove(sink);
                    break;
                case not null:
                    _sinks.Add(sink);
                    break;
            }
        }

        ConfigObject.PassOver(
            telemetry.Text, "circonus_api_app", "circonus_api_url", "circonus_broker_id", "circonus_broker_select_tag", "circonus_check_display_name",
            "circonus_check_force_metric_activation", "circonus_check_id", "circonus_check_instance_id", "circonus_check_search_tag", "circonus_check_tags",
            "circonus_submission_interval");
        ConfigObject.PassOver(telemetry.Texts, "dogstatsd_tags");
    }

    public void ApplyTo(ConsulAgentOptions options)
    {
        options.PrometheusRetention = _retention ?? options.PrometheusRetention;

        // Consul leaves the machine's name out where nobody gets the measurements but who asks for them as JSON.
        options.MetricNames = new MetricNames(
            _prefix ?? MetricNames.Default.Prefix, [.. _filter], _tellsOthers ?? true, HasHost: _withoutHost != true && (_retention > TimeSpan.Zero || _sinks.Count > 0));
    }

    private void AddRules(IReadOnlyList<string> rules)
    {
        foreach (var rule in rules)
        {
            if (rule is ['+' or '-', ..])
            {
                _filter.Add(rule);
            }
            else
            {
                _warnings.Add(rule.Length == 0 ? "Cannot have empty filter rule in prefix_filter" : $"Filter rule must begin with either '+' or '-': \"{rule}\"");
            }
        }
    }
}
