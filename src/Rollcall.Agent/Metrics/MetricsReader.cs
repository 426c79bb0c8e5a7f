using Rollcall.Agent.Http;
using Rollcall.Agent.Overload;
using Rollcall.Consul.Wire;

namespace Rollcall.Agent.Metrics;

/// <summary>Reads what there is to measure, under the names that it is told by. Safe for use by many threads.</summary>
/// <param name="core">What endpoints work on.</param>
/// <param name="metrics">What was measured.</param>
/// <param name="load">What the agent holds for its clients.</param>
/// <param name="isHealthy">Whether the agent keeps what it is told to.</param>
/// <param name="names">The names.</param>
internal sealed class MetricsReader(AgentCore core, AgentMetrics metrics, AgentLoad load, Func<bool> isHealthy, MetricNames names)
{
    private static readonly double[] s_ranks = [0.5, 0.9, 0.99];

    /// <summary>What quantiles <see cref="Totals"/> gives.</summary>
    public static IReadOnlyList<double> Ranks => s_ranks;

    /// <summary>How things are now, by name.</summary>
    public SortedDictionary<string, double> Gauges()
    {
        var statuses = core.Store.Root.Local.Checks.Values.CountBy(static check => check.Check.Status).ToDictionary(StringComparer.Ordinal);
        var gauges = new SortedDictionary<string, double>(StringComparer.Ordinal);
        Add("consul.autopilot.failure_tolerance", 0);
        Add("consul.autopilot.healthy", isHealthy() ? 1 : 0);
        Add("consul.raft.applied_index", core.Store.Root.Index);
        Add("consul.raft.last_index", core.Store.Root.Index);
        Add("consul.runtime.alloc_bytes", GC.GetTotalMemory(forceFullCollection: false));
        Add("consul.runtime.sys_bytes", Environment.WorkingSet);
        Add("consul.runtime.total_gc_pause_ns", GC.GetTotalPauseDuration().TotalNanoseconds);
        Add("consul.runtime.total_gc_runs", GC.CollectionCount(0));
        Add("consul.session_ttl.active", core.Sessions.Count);
        Add("rollcall.agent.bytes_in_flight", load.BytesInFlight);
        Add("rollcall.agent.checks_critical", statuses.GetValueOrDefault(CheckStatus.Critical));
        Add("rollcall.agent.checks_passing", statuses.GetValueOrDefault(CheckStatus.Passing));
        Add("rollcall.agent.checks_warning", statuses.GetValueOrDefault(CheckStatus.Warning));
        Add("rollcall.agent.connections", load.Connections);
        Add("rollcall.agent.memory_in_use", load.Memory.InUse);
        Add("rollcall.agent.memory_limit", load.Memory.Limit);
        Add("rollcall.agent.probes_waiting", core.Registry.WaitingProbes);
        Add("rollcall.agent.watchers", load.Watchers);
        return gauges;

        void Add(string name, double value)
        {
            if (names.OfGauge(name) is { } told)
            {
                gauges[told] = value;
            }
        }
    }

    /// <summary>What was measured and counted in the last full window, or in the first one if that is not full yet.</summary>
    public (DateTimeOffset Start, IReadOnlyList<(string Name, SampleWindow Sample)> Samples, IReadOnlyList<(CounterName Name, SampleWindow Count)> Counts) Window()
    {
        var (start, samples) = metrics.Window();
        return (
            start,
            [.. from sample in samples let name = names.Of(sample.Key) where name is not null select (name, sample.Value)],
            [.. from count in metrics.CountWindow() let name = names.Of(count.Name.Name) where name is not null select (count.Name with { Name = name }, count.Count)]);
    }

    /// <summary>What was measured since the start, with its <see cref="Ranks"/>.</summary>
    public IEnumerable<(string Name, long Count, double Sum, double[] Quantiles)> Totals() =>
        from total in metrics.Totals(s_ranks) let name = names.Of(total.Key) where name is not null select (name, total.Value.Count, total.Value.Sum, total.Value.Quantiles);

    /// <summary>What was counted since the start.</summary>
    public IEnumerable<(CounterName Name, long Count)> Counts() =>
        from count in metrics.Counts() let name = names.Of(count.Name.Name) where name is not null select (count.Name with { Name = name }, count.Count);
}
