using System.Collections.Concurrent;
using Rollcall.Discovery.Balancing;

namespace Rollcall.Discovery.Http;

/// <summary>
/// One balancer per query, for as long as it is used: hosts may come from outside, and each one costs a watch. Idle ones are looked for
/// whenever a new one is made, so they can't pile up and no timer is needed. Thread-safe.
/// </summary>
internal sealed class BalancerCache(
    EndpointDirectory directory, IBalancingPolicy policy, TimeSpan idleTimeout, Func<InstanceTransports>? createTransports = null) : IDisposable
{
    private readonly ConcurrentDictionary<ServiceQuery, Lazy<Entry>> _entries = new();
    private readonly TimeProvider _time = directory.TimeProvider;
    private volatile bool _disposed;

    /// <summary>The balancer of a query, kept alive until the same entry is given back to <see cref="Return"/>.</summary>
    /// <exception cref="ObjectDisposedException">The cache or the directory was disposed.</exception>
    public Entry Rent(ServiceQuery query)
    {
        while (true)
        {
            ObjectDisposedException.ThrowIf(_disposed, this);
            if (!_entries.TryGetValue(query, out var lazy))
            {
                CloseIdle();
                lazy = _entries.GetOrAdd(query, q => new Lazy<Entry>(() => Create(q)));
            }
            var entry = lazy.Value;
            if (!entry.TryEnter())
            {
                _entries.TryRemove(KeyValuePair.Create(query, lazy));
                continue;
            }
            if (_disposed)
            {
                // Dispose may have passed by before this one was in the dictionary.
                entry.Dispose();
                continue;
            }
            return entry;
        }
    }

    public void Return(Entry entry) => entry.Leave(_time.GetTimestamp());

    public void Dispose()
    {
        _disposed = true;
        foreach (var lazy in _entries.Values)
        {
            if (lazy.IsValueCreated)
            {
                lazy.Value.Dispose();
            }
        }
    }

    private Entry Create(ServiceQuery query)
    {
        var balancer = new ServiceBalancer(directory.Watch(query), policy);
        var transports = createTransports?.Invoke();
        if (transports is not null)
        {
            // Ends with the watch.
            balancer.Watch.OnChange(snapshot => transports.Retain(snapshot.Endpoints));
        }

        return new Entry(balancer, transports);
    }

    private void CloseIdle()
    {
        foreach (var pair in _entries)
        {
            if (pair.Value.IsValueCreated
                && pair.Value.Value is var entry
                && _time.GetElapsedTime(entry.LastUsed) >= idleTimeout
                && entry.TryClose())
            {
                _entries.TryRemove(pair);
                entry.Dispose();
            }
        }
    }

    internal sealed class Entry(ServiceBalancer balancer, InstanceTransports? transports) : IDisposable
    {
        private const int Closed = -1;
        private int _users;
        private long _lastUsed = long.MaxValue;

        public ServiceBalancer Balancer => balancer;

        /// <summary>Null: requests are sent by a handler that all instances share.</summary>
        public InstanceTransports? Transports => transports;

        /// <summary>A timestamp; before the first use has ended, one that is never long ago.</summary>
        public long LastUsed => Volatile.Read(ref _lastUsed);

        public bool TryEnter()
        {
            var users = Volatile.Read(ref _users);
            while (users != Closed)
            {
                var seen = Interlocked.CompareExchange(ref _users, users + 1, users);
                if (seen == users)
                {
                    return true;
                }

                users = seen;
            }
            return false;
        }

        public void Leave(long now)
        {
            Volatile.Write(ref _lastUsed, now);
            Interlocked.Decrement(ref _users);
        }

        public void Dispose()
        {
            balancer.Dispose();
            transports?.Dispose();
        }

        public bool TryClose() => Interlocked.CompareExchange(ref _users, Closed, 0) == 0;
    }
}
