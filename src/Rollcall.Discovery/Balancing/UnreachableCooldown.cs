using System.Collections.Immutable;

namespace Rollcall.Discovery.Balancing;

/// <summary>
/// Remembers which endpoints refused connections and until when they are left out. Changes are rare (a connection attempt failed), so a
/// lock is fine here; picks never come here, they see lists from which the endpoints are gone. Thread-safe.
/// </summary>
internal sealed class UnreachableCooldown(TimeProvider time, TimeSpan first, TimeSpan max)
{
    private readonly Lock _lock = new();

    // Guarded by _lock.
    private readonly Dictionary<Endpoint, Entry> _entries = [];
    private volatile int _version;
    private volatile bool _any;

    /// <summary>Goes up whenever the outcome of <see cref="Split"/> changed for another reason than time.</summary>
    public int Version => _version;

    /// <summary>A connection attempt failed.</summary>
    /// <returns>False when that changed nothing.</returns>
    public bool Report(Endpoint endpoint)
    {
        if (first == TimeSpan.Zero)
        {
            return false;
        }

        var now = time.GetTimestamp();
        lock (_lock)
        {
            _entries.TryGetValue(endpoint, out var entry);

            // Many calls that were under way fail together: they count as one refusal.
            if (entry.Refusals > 0 && now < entry.Until)
            {
                return false;
            }

            var wait = Math.Min(max.TotalSeconds, first.TotalSeconds * Math.Pow(2, Math.Min(entry.Refusals, 30)));
            _entries[endpoint] = new Entry(entry.Refusals + 1, now, now + (long)(wait * time.TimestampFrequency));
            _any = true;
            _version++;
            return true;
        }
    }

    /// <summary>The endpoint answered a call.</summary>
    /// <param name="endpoint">Which.</param>
    /// <param name="latency">How long ago the call began: one that began before the refusal proves nothing.</param>
    /// <returns>False when that changed nothing.</returns>
    public bool Clear(Endpoint endpoint, TimeSpan latency)
    {
        if (!_any)
        {
            return false;
        }

        var began = time.GetTimestamp() - (long)(latency.TotalSeconds * time.TimestampFrequency);
        lock (_lock)
        {
            if (!_entries.TryGetValue(endpoint, out var entry) || began < entry.Since)
            {
                return false;
            }

            _entries.Remove(endpoint);
            _any = _entries.Count > 0;
            _version++;
            return true;
        }
    }

    /// <summary>Parts a list into what may be picked and what is left out, and forgets endpoints that are not in it.</summary>
    public CooldownSplit Split(ImmutableArray<Endpoint> endpoints)
    {
        lock (_lock)
        {
            if (_entries.Count == 0)
            {
                return new CooldownSplit(endpoints, [], long.MaxValue, _version);
            }

            var listed = new HashSet<Endpoint>(endpoints);
            foreach (var gone in _entries.Keys.Where(e => !listed.Contains(e)).ToArray())
            {
                _entries.Remove(gone);
            }

            _any = _entries.Count > 0;

            var now = time.GetTimestamp();
            var next = long.MaxValue;
            var open = ImmutableArray.CreateBuilder<Endpoint>(endpoints.Length);
            var cooling = ImmutableArray.CreateBuilder<Endpoint>();
            foreach (var endpoint in endpoints)
            {
                if (_entries.TryGetValue(endpoint, out var entry) && now < entry.Until)
                {
                    cooling.Add(endpoint);
                    next = Math.Min(next, entry.Until);
                }
                else
                {
                    open.Add(endpoint);
                }
            }

            // Nothing else left: a refused connection may be over by now, so all are tried rather than none.
            return open.Count == 0
                ? new CooldownSplit(endpoints, [], next, _version)
                : new CooldownSplit(cooling.Count == 0 ? endpoints : open.DrainToImmutable(), cooling.DrainToImmutable(), next, _version);
        }
    }

    private readonly record struct Entry(int Refusals, long Since, long Until);
}
