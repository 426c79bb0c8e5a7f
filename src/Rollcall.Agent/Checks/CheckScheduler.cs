using Microsoft.Extensions.Logging;
using Rollcall.Agent.Logs;
using Rollcall.Agent.Store;
using Rollcall.Consul.Wire;

namespace Rollcall.Agent.Checks;

/// <summary>
/// Runs the checks of one agent: probes on their interval, TTLs against silence, and the reaper that removes services which were critical
/// for too long and reports again what could not be kept. Safe for use by many threads. The sink is called from background threads and never under a lock.
/// </summary>
internal sealed partial class CheckScheduler : IAsyncDisposable
{
    private readonly ICheckSink _sink;
    private readonly TimeProvider _time;
    private readonly CheckSchedulerOptions _options;
    private readonly ILogger _logger;
    private readonly TcpCheck _tcp = new();
    private readonly ScriptCheck _script = new();
    private readonly UdpCheck _udp;
    private readonly Http2PingCheck _h2Ping;
    private readonly OsServiceCheck _osService = new();
    private readonly StateStore _store;

    // Two, as a program costs more than a connection does, and neither kind is to wait for the other.
    private readonly ProbeRoom _network;
    private readonly ProbeRoom _programs;
    private readonly ITimer _reaper;
    private readonly Lock _lock = new();

    // All under _lock. Stopped runners are kept until they ended, for DisposeAsync to wait for.
    private readonly Dictionary<string, RunningCheck> _checks = new(StringComparer.Ordinal);
    private readonly List<Task> _stopping = [];
    private bool _disposed;

    // Made when first needed: without them an agent has no HTTP client in its memory.
    private HttpCheck? _http;
    private GrpcCheck? _grpc;

    /// <param name="sink">Hears of results.</param>
    /// <param name="store">What aliases follow.</param>
    /// <param name="time">The clock.</param>
    /// <param name="loggers">Where it logs to.</param>
    /// <param name="options">Fixed timings.</param>
    public CheckScheduler(ICheckSink sink, StateStore store, TimeProvider time, ILoggerFactory loggers, CheckSchedulerOptions options)
    {
        _store = store;
        _udp = new UdpCheck(time);
        _sink = sink;
        _time = time;
        _options = options;
        _h2Ping = new Http2PingCheck(options.Tls);
        _network = new ProbeRoom(options.MaxProbes);
        _programs = new ProbeRoom(options.MaxScripts);
        _logger = loggers.CreateLogger<CheckScheduler>();
        _reaper = DetachedFlow.Start(
            () => time.CreateTimer(static state => ((CheckScheduler)state!).Reap(), this, options.ReapInterval, options.ReapInterval));
    }

    /// <summary>Probes that wait at this moment until others have ended.</summary>
    public int Waiting => _network.Waiting + _programs.Waiting;

    /// <summary>Runs a check from now on, in place of one with the same id.</summary>
    public void Start(CheckSpec spec)
    {
        var check = new RunningCheck(spec);
        void Report(ProbeResult result) => _ = OnResultAsync(check, result);
        lock (_lock)
        {
            ObjectDisposedException.ThrowIf(_disposed, this);
            if (_checks.Remove(spec.CheckId, out var old))
            {
                RetireLocked(old);
                check.LoggedStatus = old.LoggedStatus;
            }

            // Under the lock, so that a result cannot come before the check is known. Runners call back from other threads only.
            check.Runner = spec.Kind switch
            {
                CheckKind.Ttl => new TtlCheck(spec, _time, result => OnResultAsync(check, result)),
                CheckKind.Http => new ProbeLoop(spec, _http ??= new HttpCheck(_options.Tls), _network, _options, _time, _logger, Report),
                CheckKind.Tcp => new ProbeLoop(spec, _tcp, _network, _options, _time, _logger, Report),
                CheckKind.Grpc => new ProbeLoop(spec, _grpc ??= new GrpcCheck(_options.Tls), _network, _options, _time, _logger, Report),
                CheckKind.Script => new ProbeLoop(spec, _script, _programs, _options, _time, _logger, Report),
                CheckKind.Udp => new ProbeLoop(spec, _udp, _network, _options, _time, _logger, Report),
                CheckKind.H2Ping => new ProbeLoop(spec, _h2Ping, _network, _options, _time, _logger, Report),
                CheckKind.OsService => new ProbeLoop(spec, _osService, _programs, _options, _time, _logger, Report),
                CheckKind.Alias => new AliasCheck(spec, _store, Report),
                _ => throw new ArgumentOutOfRangeException(nameof(spec), spec.Kind, "Unknown kind of check."),
            };
            _checks.Add(spec.CheckId, check);
        }

        if (spec.DeregisterCriticalServiceAfter is { } after && after < _options.MinDeregisterAfter)
        {
            Log.DeregisterAfterRaised(_logger, spec.CheckId, after, _options.MinDeregisterAfter);
        }

        if (spec.Kind is not (CheckKind.Ttl or CheckKind.Alias) && spec.Interval < _options.MinInterval)
        {
            Log.IntervalRaised(_logger, spec.CheckId, spec.Interval, _options.MinInterval);
        }
    }

    /// <summary>Ends a check. An id that does not run is ignored.</summary>
    public void Stop(string checkId)
    {
        lock (_lock)
        {
            if (_checks.Remove(checkId, out var check))
            {
                RetireLocked(check);
            }
        }
    }

    /// <summary>Takes a TTL check's pass, warn, fail or update.</summary>
    /// <returns>Null: no TTL check of this id runs. Else ends when it is kept; false if it could not be.</returns>
    public Task<bool>? HeartbeatAsync(string checkId, string status, string output)
    {
        TtlCheck? ttl;
        lock (_lock)
        {
            ttl = _checks.TryGetValue(checkId, out var check) ? check.Runner as TtlCheck : null;
        }

        return ttl?.HeartbeatAsync(status, output);
    }

    /// <inheritdoc />
    public async ValueTask DisposeAsync()
    {
        Task[] ending;
        lock (_lock)
        {
            if (_disposed)
            {
                return;
            }

            _disposed = true;
            foreach (var check in _checks.Values)
            {
                RetireLocked(check);
            }

            _checks.Clear();
            ending = [.. _stopping];
        }

        await _reaper.DisposeAsync().ConfigureAwait(false);
        await Task.WhenAll(ending).ConfigureAwait(false);
        _network.Dispose();
        _programs.Dispose();
        _http?.Dispose();
        _grpc?.Dispose();
    }

    private void RetireLocked(RunningCheck check)
    {
        _stopping.RemoveAll(static task => task.IsCompleted);

        // On the pool: cancelling runs continuations of the loop, which may want the lock that is held here.
        var runner = check.Runner!;
        _stopping.Add(Task.Run(async () => await runner.DisposeAsync().ConfigureAwait(false)));
    }

    /// <returns>Whether it is kept, or not wanted any more.</returns>
    private async Task<bool> OnResultAsync(RunningCheck check, ProbeResult result)
    {
        bool isChange;
        lock (_lock)
        {
            if (!_checks.TryGetValue(check.Spec.CheckId, out var current) || current != check)
            {
                return true;
            }

            check.Last = result;
            isChange = check.LoggedStatus != result.Status;
            check.LoggedStatus = result.Status;
            check.CriticalSince = result.Status is not CheckStatus.Critical ? null : check.CriticalSince ?? _time.GetTimestamp();
        }

        if (isChange)
        {
            LogChange(check.Spec, result);
        }

        if (await _sink.ReportAsync(check.Spec.CheckId, result.Status, result.Output).ConfigureAwait(false))
        {
            return true;
        }

        // A TTL that is over says so only once, and so does an alias.
        lock (_lock)
        {
            check.IsLost = true;
        }

        return false;
    }

    private void LogChange(CheckSpec spec, ProbeResult result)
    {
        var level = result.Status == CheckStatus.Passing ? LogLevel.Information : LogLevel.Warning;
        if (_logger.IsEnabled(level))
        {
            var output = LogText.FirstLine(result.Output);
            Log.StatusChanged(_logger, level, result.Status, spec.CheckId, spec.ServiceId ?? "", output);
        }
    }

    private void Reap()
    {
        List<RunningCheck> due = [];
        List<(RunningCheck Check, ProbeResult Last)> lost = [];
        lock (_lock)
        {
            foreach (var check in _checks.Values)
            {
                if (check.IsLost)
                {
                    check.IsLost = false;
                    lost.Add((check, check.Last));
                }

                if (check is { CriticalSince: { } since, Spec: { ServiceId: not null, DeregisterCriticalServiceAfter: { } after } }
                    && after > TimeSpan.Zero
                    && _time.GetElapsedTime(since) > (after > _options.MinDeregisterAfter ? after : _options.MinDeregisterAfter))
                {
                    due.Add(check);
                }
            }
        }

        foreach (var (check, last) in lost)
        {
            _ = OnResultAsync(check, last);
        }

        foreach (var service in due.DistinctBy(static check => check.Spec.ServiceId))
        {
            Log.Deregistering(_logger, service.Spec.ServiceId!, service.Spec.CheckId);
            _sink.DeregisterService(service.Spec.ServiceId!);
        }
    }

    private sealed class RunningCheck(CheckSpec spec)
    {
        public CheckSpec Spec => spec;

        public IAsyncDisposable? Runner { get; set; }

        /// <summary>
        /// When it was first reported critical without a break, as a timestamp of the time provider. Under the scheduler's lock.
        /// </summary>
        public long? CriticalSince { get; set; }

        /// <summary>The newest result. Under the scheduler's lock.</summary>
        public ProbeResult Last { get; set; }

        /// <summary>The status that the log tells; null: none yet. Under the scheduler's lock.</summary>
        public string? LoggedStatus { get; set; }

        /// <summary>A result could not be kept; the newest is reported again. Under the scheduler's lock.</summary>
        public bool IsLost { get; set; }
    }
}
