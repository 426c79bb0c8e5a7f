using Microsoft.Extensions.Logging;
using Rollcall.Consul.Wire;

namespace Rollcall.Agent.Checks;

/// <summary>Owns the loop of one check that is probed: wait, probe, report, and again until disposed.</summary>
internal sealed partial class ProbeLoop : IAsyncDisposable
{
    // Timers take no more than 49 days at once; who asks for a longer interval will hardly notice.
    private static readonly TimeSpan s_longest = TimeSpan.FromDays(49);

    private readonly CheckSpec _spec;
    private readonly IProbe _probe;
    private readonly ProbeRoom _room;
    private readonly TimeSpan _interval;
    private readonly TimeSpan _timeout;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly Action<ProbeResult> _report;
    private readonly StatusThreshold _threshold;
    private readonly CancellationTokenSource _stop = new();
    private readonly Task _loop;

    public ProbeLoop(
        CheckSpec spec, IProbe probe, ProbeRoom room, CheckSchedulerOptions options, TimeProvider time, ILogger logger, Action<ProbeResult> report)
    {
        _spec = spec;
        _probe = probe;
        _room = room;
        _interval = Cap(spec.Interval > options.MinInterval ? spec.Interval : options.MinInterval);
        _timeout = Cap(spec.Timeout > TimeSpan.Zero ? spec.Timeout : options.DefaultTimeout);
        var spread = _interval * options.Random.NextDouble();
        var firstDelay = spread < options.MaxFirstDelay ? spread : options.MaxFirstDelay;
        _time = time;
        _logger = logger;
        _report = report;
        _threshold = new StatusThreshold(spec.SuccessBeforePassing, spec.FailuresBeforeCritical);

        _loop = DetachedFlow.Start(() =>
        {
            // It waits from now on, not from when a thread is free.
            var due = Task.Delay(firstDelay, time, _stop.Token);
            return Task.Run(() => RunAsync(due, _stop.Token));
        });
    }

    /// <inheritdoc />
    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync().ConfigureAwait(false);
        await _loop.ConfigureAwait(false);
        _stop.Dispose();
    }

    private static TimeSpan Cap(TimeSpan value) => value < s_longest ? value : s_longest;

    private async Task RunAsync(Task due, CancellationToken stop)
    {
        try
        {
            while (true)
            {
                await due.ConfigureAwait(false);
                var result = await ProbeOnceAsync(stop).ConfigureAwait(false);

                // Before the result can be seen: whoever sees it may take it that the interval has begun.
                due = Task.Delay(_interval, _time, stop);
                Report(result);
            }
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            // Stopped: the check is gone, there is nobody to tell.
        }
    }

    private async Task<ProbeResult> ProbeOnceAsync(CancellationToken stop)
    {
        // Before the deadline begins: how long others take says nothing about this instance.
        await _room.EnterAsync(stop).ConfigureAwait(false);
        try
        {
            return await ProbeInTimeAsync(stop).ConfigureAwait(false);
        }
        finally
        {
            _room.Leave();
        }
    }

    private async Task<ProbeResult> ProbeInTimeAsync(CancellationToken stop)
    {
        using var deadline = new CancellationTokenSource(_timeout, _time);
        using var both = CancellationTokenSource.CreateLinkedTokenSource(deadline.Token, stop);
        try
        {
            return await _probe.RunAsync(_spec, both.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (!stop.IsCancellationRequested)
        {
            return new ProbeResult(CheckStatus.Critical, _probe.TimeoutOutput(_spec));
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            // A fault of the probe itself. The loop goes on, and the check says what is wrong instead of keeping its last good word.
            Log.ProbeFaulted(_logger, e, _spec.CheckId);
            return new ProbeResult(CheckStatus.Critical, $"the check could not be run: {e.Message}");
        }
    }

    private void Report(ProbeResult result)
    {
        if (_threshold.Passes(result.Status))
        {
            _report(result);
        }
        else
        {
            Log.BelowThreshold(_logger, _spec.CheckId, result.Status);
        }
    }
}
