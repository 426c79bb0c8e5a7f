namespace Rollcall.Agent.Metrics;

/// <summary>
/// How long requests took, for <c>agent/metrics</c>: in windows of ten seconds, of which the last full one is shown, as in Consul; and since the start,
/// for Prometheus. Safe for use by many threads.
/// </summary>
internal sealed class AgentMetrics(TimeProvider time)
{
    /// <summary>Length of a window.</summary>
    public static readonly TimeSpan Interval = TimeSpan.FromSeconds(10);

    private readonly Lock _lock = new();

    // All guarded by _lock.
    private readonly Dictionary<string, SampleTotals> _totals = new(StringComparer.Ordinal);
    private Dictionary<string, SampleWindow> _current = new(StringComparer.Ordinal);
    private Dictionary<string, SampleWindow> _last = new(StringComparer.Ordinal);
    private readonly Dictionary<CounterName, long> _counts = [];
    private Dictionary<CounterName, SampleWindow> _currentCounts = [];
    private Dictionary<CounterName, SampleWindow> _lastCounts = [];
    private long _window = WindowOf(time.GetUtcNow());
    private bool _hasLast;

    /// <param name="name">With dots between its parts. From a bounded set: each is kept for ever.</param>
    /// <param name="milliseconds">How long it took.</param>
    public void Measure(string name, double milliseconds)
    {
        lock (_lock)
        {
            var now = TurnLocked();
            if (!_current.TryGetValue(name, out var window))
            {
                _current.Add(name, window = new SampleWindow());
            }

            window.Add(milliseconds, now);
            if (!_totals.TryGetValue(name, out var totals))
            {
                _totals.Add(name, totals = new SampleTotals());
            }

            totals.Add(milliseconds);
        }
    }

    /// <summary>Something happened once.</summary>
    /// <param name="name">With dots between its parts. From a bounded set, as are the label's values.</param>
    /// <param name="label">What tells its kinds apart.</param>
    /// <param name="value">Which kind it was.</param>
    public void Count(string name, string label, string value)
    {
        var counter = new CounterName(name, label, value);
        lock (_lock)
        {
            var now = TurnLocked();
            if (!_currentCounts.TryGetValue(counter, out var window))
            {
                _currentCounts.Add(counter, window = new SampleWindow());
            }

            window.Add(1, now);
            _counts[counter] = _counts.GetValueOrDefault(counter) + 1;
        }
    }

    /// <summary>What was counted in the same window as <see cref="Window"/> shows.</summary>
    public IReadOnlyList<(CounterName Name, SampleWindow Count)> CountWindow()
    {
        lock (_lock)
        {
            TurnLocked();
            return [.. (_hasLast ? _lastCounts : _currentCounts).OrderBy(static pair => pair.Key).Select(static pair => (pair.Key, pair.Value.Copy()))];
        }
    }

    /// <summary>What was counted since the start.</summary>
    public IReadOnlyList<(CounterName Name, long Count)> Counts()
    {
        lock (_lock)
        {
            return [.. _counts.OrderBy(static pair => pair.Key).Select(static pair => (pair.Key, pair.Value))];
        }
    }

    /// <summary>The last full window, or the first one if that is not full yet; by name.</summary>
    public (DateTimeOffset Start, SortedDictionary<string, SampleWindow> Samples) Window()
    {
        lock (_lock)
        {
            TurnLocked();
            var start = DateTimeOffset.UnixEpoch + ((_hasLast ? _window - 1 : _window) * Interval);
            var samples = new SortedDictionary<string, SampleWindow>(StringComparer.Ordinal);
            foreach (var (name, window) in _hasLast ? _last : _current)
            {
                samples.Add(name, window.Copy());
            }

            return (start, samples);
        }
    }

    /// <summary>Everything since the start, by name: count, sum, and the quantiles asked for.</summary>
    public SortedDictionary<string, (long Count, double Sum, double[] Quantiles)> Totals(params ReadOnlySpan<double> ranks)
    {
        lock (_lock)
        {
            var all = new SortedDictionary<string, (long, double, double[])>(StringComparer.Ordinal);
            foreach (var (name, totals) in _totals)
            {
                all.Add(name, (totals.Count, totals.Sum, totals.Quantiles(ranks)));
            }

            return all;
        }
    }

    /// <summary>Begins a new window if it is time, and gives the time.</summary>
    private DateTimeOffset TurnLocked()
    {
        var now = time.GetUtcNow();
        var window = WindowOf(now);
        if (window == _window)
        {
            return now;
        }

        _last = window == _window + 1 ? _current : new(StringComparer.Ordinal);
        _current = new(StringComparer.Ordinal);
        _lastCounts = window == _window + 1 ? _currentCounts : [];
        _currentCounts = [];
        _window = window;
        _hasLast = true;
        return now;
    }

    private static long WindowOf(DateTimeOffset now) => now.ToUnixTimeSeconds() / (long)Interval.TotalSeconds;
}
