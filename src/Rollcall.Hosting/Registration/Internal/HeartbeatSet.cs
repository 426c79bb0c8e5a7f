using System.Net;
using Rollcall.Consul;

namespace Rollcall.Hosting.Registration;

/// <summary>The heartbeats of one registration, which wait for nothing and for none of the others. Times are the loop's, which alone uses it.</summary>
/// <param name="agent">Where they go.</param>
/// <param name="pace">How far apart they are.</param>
/// <param name="time">The clock.</param>
/// <param name="stopping">Ends asking what they are to say, and starting them.</param>
/// <param name="abort">Ends sending them.</param>
internal sealed class HeartbeatSet(ImpatientAgent agent, RegistrationPace pace, TimeProvider time, CancellationToken stopping, CancellationToken abort)
{
    private HeartbeatProbe[] _probes = [];

    // Counts how often all were to begin anew.
    private int _epoch;

    /// <summary>Whether one has failed since this was set to false.</summary>
    public bool HasFailed { get; set; }

    /// <summary>Why one was not taken when it was last sent; null: all were.</summary>
    public Exception? Failure => Array.Find(_probes, static p => p.Failure is not null)?.Failure;

    /// <summary>Whether one was answered as if the agent did not have its check.</summary>
    public bool MayBeGone => Array.Exists(_probes, static p => MayMeanThatItIsGone(p.Failure));

    /// <summary>Each completes when the agent has answered, or is given up.</summary>
    public IEnumerable<Task> Pending => _probes.Select(static p => p.Pending).OfType<Task>();

    /// <summary>When the next is due; null: none is before one that is under way is over.</summary>
    public TimeSpan? Due => _probes.Where(static p => p.Pending is null).Min(static p => (TimeSpan?)p.Due);

    /// <summary>The same checks under other ids: a function that was asked is not asked again meanwhile.</summary>
    public void Adopt(IReadOnlyList<Heartbeat> heartbeats)
    {
        if (_probes.Length == 0)
        {
            _probes = [.. heartbeats.Select(h => new HeartbeatProbe(h, time))];
        }

        foreach (var (probe, heartbeat) in _probes.Zip(heartbeats))
        {
            (probe.Heartbeat, probe.Failure) = (heartbeat, null);
        }
    }

    /// <summary>All are due then. Those that went to what was there before say nothing of what is there now.</summary>
    public void BeginAnew(TimeSpan due)
    {
        _epoch++;
        foreach (var probe in _probes)
        {
            probe.AskAt(due);
            probe.Failure = MayMeanThatItIsGone(probe.Failure) ? null : probe.Failure;
        }
    }

    /// <summary>What was last found may not have arrived.</summary>
    public void SendAgainAt(TimeSpan due) => Array.ForEach(_probes, p => p.SendAgainAt(due));

    /// <summary>Takes what became of those that are over.</summary>
    /// <param name="now">The time.</param>
    /// <param name="failures">How often in a row something has failed.</param>
    public async Task TakeAsync(TimeSpan now, int failures)
    {
        foreach (var probe in _probes.Where(static p => p.Pending is { IsCompleted: true }))
        {
            try
            {
                await probe.TakeAsync().ConfigureAwait(false);
                probe.Failure = null;
            }
            catch (OperationCanceledException) when (stopping.IsCancellationRequested || abort.IsCancellationRequested)
            {
                // Its registration is ending, which is no failure.
            }
#pragma warning disable CA1031 // Whatever goes wrong, a service that lives stays registered.
            catch (Exception e)
#pragma warning restore CA1031
            {
                if (probe.Epoch == _epoch)
                {
                    (probe.Failure, HasFailed) = (e, true);
                    probe.RestUntil(now + pace.Backoff(failures));
                }
            }
        }
    }

    /// <summary>Starts those that are due, and waits for none.</summary>
    public void Start(TimeSpan now)
    {
        foreach (var probe in _probes.Where(p => p.Pending is null && now >= p.Due && !stopping.IsCancellationRequested))
        {
            var next = now + pace.Jitter(probe.Heartbeat.Interval, 0.9, 1.0);
            probe.Start(now, next, _epoch, (heartbeat, update) => agent.BeatAsync(heartbeat, update, abort), stopping);
        }
    }

    private static bool MayMeanThatItIsGone(Exception? failure) =>
        failure is ConsulException { StatusCode: HttpStatusCode.InternalServerError or HttpStatusCode.NotFound };
}
