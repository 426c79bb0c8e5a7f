using System.Collections.Concurrent;
using System.Diagnostics.CodeAnalysis;

namespace Rollcall.Discovery.Http;

/// <summary>
/// One entry per query, for as long as it is used: hosts may come from outside, and each one costs a watch. Idle ones are looked for
/// whenever a new one is made, so they can't pile up and no timer is needed. Thread-safe.
/// </summary>
/// <param name="create">Makes an entry.</param>
/// <param name="idleTimeout">After how long without a request one is given up.</param>
internal sealed class ServiceCache(Func<ServiceQuery, ServiceEntry> create, TimeSpan idleTimeout) : IDisposable
{
    // A request that has just found an entry must not lose it: it is closed only if it was not used for so much longer.
    private static readonly TimeSpan s_grace = TimeSpan.FromMinutes(1);

    private readonly ConcurrentDictionary<ServiceQuery, Lazy<ServiceEntry>> _entries = new();
    private readonly ConcurrentDictionary<ServiceEntry, bool> _givenUp = new();
    private readonly Recent?[] _recent = new Recent[64];
    private volatile bool _disposed;

    /// <summary>How many entries there are, those that wait to be closed included.</summary>
    public int Count => _entries.Count + _givenUp.Count;

    /// <summary>The entry of a query.</summary>
    /// <exception cref="ObjectDisposedException">The cache or the directory was disposed.</exception>
    public ServiceEntry Get(ServiceQuery query)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        if (!_entries.TryGetValue(query, out var lazy))
        {
            CloseIdle();
            lazy = _entries.GetOrAdd(query, q => new Lazy<ServiceEntry>(() => create(q)));
        }

        ServiceEntry entry;
        try
        {
            entry = lazy.Value;
        }
        catch
        {
            // It would throw the same for good.
            _entries.TryRemove(KeyValuePair.Create(query, lazy));
            throw;
        }

        if (_disposed)
        {
            // Dispose may have passed by before this one was in the dictionary.
            entry.Dispose();
            ObjectDisposedException.ThrowIf(_disposed, this);
        }

        return entry;
    }

    /// <summary>As <see cref="Get"/>, for a host whose entry was remembered not long ago.</summary>
    public bool TryGetRecent(string host, [NotNullWhen(true)] out ServiceEntry? entry)
    {
        // A slow request may have remembered it after it was given up.
        entry = Volatile.Read(ref _recent[IndexOf(host)]) is { } recent && recent.Host == host && !recent.Entry.IsClosed ? recent.Entry : null;
        return entry is not null;
    }

    /// <summary>Lets an entry be found by a host, until another host takes its place.</summary>
    public void Remember(string host, ServiceEntry entry)
    {
        Volatile.Write(ref _recent[IndexOf(host)], new Recent(host, entry));
        if (_disposed)
        {
            Array.Clear(_recent);
        }
    }

    public void Dispose()
    {
        _disposed = true;
        Array.Clear(_recent);
        foreach (var lazy in _entries.Values)
        {
            if (lazy.IsValueCreated)
            {
                lazy.Value.Dispose();
            }
        }

        foreach (var entry in _givenUp.Keys)
        {
            entry.Dispose();
        }
    }

    // Hosts that share a place are found by their query, which costs more and no more than that: not worth the hash of a string for each request.
    private int IndexOf(string host) => host.Length == 0 ? 0 : (host.Length + (host[0] * 7) + (host[^1] * 31)) % _recent.Length;

    private void CloseIdle()
    {
        foreach (var entry in _givenUp.Keys)
        {
            if (entry.IsIdleFor(idleTimeout + s_grace) && _givenUp.TryRemove(entry, out _))
            {
                Forget(entry);
                entry.Dispose();
            }
        }

        foreach (var pair in _entries)
        {
            if (pair.Value.IsValueCreated && pair.Value.Value is var entry && entry.IsIdleFor(idleTimeout) && _entries.TryRemove(pair))
            {
                Forget(entry);
                _givenUp.TryAdd(entry, true);
            }
        }
    }

    private void Forget(ServiceEntry entry)
    {
        for (var i = 0; i < _recent.Length; i++)
        {
            if (Volatile.Read(ref _recent[i]) is { } recent && recent.Entry == entry)
            {
                Interlocked.CompareExchange(ref _recent[i], null, recent);
            }
        }
    }

    private sealed record Recent(string Host, ServiceEntry Entry);
}
