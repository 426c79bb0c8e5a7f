using System.Collections.Concurrent;

namespace Rollcall.Discovery.Http;

/// <summary>
/// One entry per query, for as long as it is used: hosts may come from outside, and each one costs a watch. Idle ones are looked for
/// whenever a new one is made, so they can't pile up and no timer is needed. Thread-safe.
/// </summary>
/// <param name="create">Makes an entry.</param>
/// <param name="idleTimeout">After how long without a use one is closed.</param>
/// <param name="time">The clock.</param>
internal sealed class ServiceCache(Func<ServiceQuery, ServiceEntry> create, TimeSpan idleTimeout, TimeProvider time) : IDisposable
{
    private readonly ConcurrentDictionary<ServiceQuery, Lazy<ServiceEntry>> _entries = new();
    private volatile bool _disposed;

    /// <summary>The entry of a query, kept alive until it is given back to <see cref="Return"/>.</summary>
    /// <exception cref="ObjectDisposedException">The cache or the directory was disposed.</exception>
    public ServiceEntry Rent(ServiceQuery query)
    {
        while (true)
        {
            ObjectDisposedException.ThrowIf(_disposed, this);
            if (!_entries.TryGetValue(query, out var lazy))
            {
                CloseIdle();
                lazy = _entries.GetOrAdd(query, q => new Lazy<ServiceEntry>(() => create(q)));
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

    public void Return(ServiceEntry entry) => entry.Leave(time.GetTimestamp());

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

    private void CloseIdle()
    {
        foreach (var pair in _entries)
        {
            if (pair.Value.IsValueCreated
                && pair.Value.Value is var entry
                && time.GetElapsedTime(entry.LastUsed) >= idleTimeout
                && entry.TryClose())
            {
                _entries.TryRemove(pair);
                entry.Dispose();
            }
        }
    }
}
