using Microsoft.Extensions.Logging;
using Rollcall.Agent.Store;
using Rollcall.Agent.Store.Commands;
using Rollcall.Agent.Store.Sessions;
using Rollcall.Consul.Wire;

namespace Rollcall.Agent.Sessions;

/// <summary>Ends sessions that are renewed no more. Safe for use by many threads.</summary>
/// <remarks>
/// Consul grants twice the TTL, to be on the safe side of clocks and delays. A session that ends otherwise leaves its timer behind, which finds nothing to end.
/// </remarks>
internal sealed partial class SessionTimers(StateStore store, TimeProvider time, ILoggerFactory loggers) : IAsyncDisposable
{
    // Until the end of a session that could not be stored is tried again, as in Consul.
    private static readonly TimeSpan s_pause = TimeSpan.FromSeconds(10);

    private readonly ILogger _logger = loggers.CreateLogger<SessionTimers>();
    private readonly Lock _lock = new();

    // Guarded by _lock, by SessionId.KeyOf.
    private readonly Dictionary<string, SessionTimer> _timers = new(StringComparer.Ordinal);
    private bool _disposed;

    /// <summary>Sessions whose TTL runs.</summary>
    public int Count
    {
        get
        {
            lock (_lock)
            {
                return _timers.Count;
            }
        }
    }

    /// <summary>Starts the TTL of a new session.</summary>
    public void Start(string id, TimeSpan ttl)
    {
        SessionTimer? before = null;
        lock (_lock)
        {
            if (!_disposed)
            {
                // One that was there already has to go: a restored session may have been started by a request, too.
                var key = SessionId.KeyOf(id);
                _timers.Remove(key, out before);
                _timers.Add(key, new SessionTimer(2 * ttl, time, () => _ = ExpireAsync(id)));
            }
        }

        before?.Dispose();
    }

    /// <summary>The sessions are others than before: starts the TTLs of those that are there now.</summary>
    public void Restart()
    {
        StopAll();
        Resume();
    }

    /// <summary>Starts the TTLs of sessions from before this start anew: how long the agent was away is not theirs to answer for.</summary>
    public void Resume()
    {
        foreach (var session in store.Root.Sessions.Sessions.Values)
        {
            if (GoDuration.TryParse(session.Ttl, out var ttl) && ttl > TimeSpan.Zero)
            {
                Start(session.Id, ttl);
            }
        }
    }

    /// <summary>Starts the TTL of a session anew; one without a TTL has none to start.</summary>
    public void Renew(string id) => Find(id)?.Renew();

    /// <summary>The session was ended. If there is one again by now, because a snapshot that has it was restored meanwhile, its TTL runs on.</summary>
    public void Stop(string id)
    {
        SessionTimer? timer = null;
        lock (_lock)
        {
            // Whoever starts a timer made the session before, and comes to the lock after that.
            if (store.Root.Sessions.Find(id) is null)
            {
                _timers.Remove(SessionId.KeyOf(id), out timer);
            }
        }

        timer?.Dispose();
    }

    public ValueTask DisposeAsync()
    {
        lock (_lock)
        {
            _disposed = true;
        }

        StopAll();
        return ValueTask.CompletedTask;
    }

    private SessionTimer? Find(string id)
    {
        lock (_lock)
        {
            return _timers.GetValueOrDefault(SessionId.KeyOf(id));
        }
    }

    private void StopAll()
    {
        SessionTimer[] timers;
        lock (_lock)
        {
            timers = [.. _timers.Values];
            _timers.Clear();
        }

        foreach (var timer in timers)
        {
            timer.Dispose();
        }
    }

    private async Task ExpireAsync(string id)
    {
        try
        {
            if (store.Root.Sessions.Find(id) is not null)
            {
                await store.ApplyAsync(new EndSession(id)).ConfigureAwait(false);
                Log.Expired(_logger, id);
            }

            Stop(id);
        }
#pragma warning disable CA1031 // Runs on a timer: it is seen here or never.
        catch (Exception exception)
#pragma warning restore CA1031
        {
            Log.ExpiryFailed(_logger, exception, id, s_pause);
            Find(id)?.ExpireIn(s_pause);
        }
    }
}
