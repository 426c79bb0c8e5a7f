namespace Rollcall.Agent.Store.Watching;

/// <summary>
/// Who waits for what. A change of a topic wakes the watchers of that topic and no others; a change of a key also wakes those of its
/// prefixes. Costs nothing per reader: only a query that is going to block gets here.
/// </summary>
public sealed class WatchHub
{
    private readonly Lock _lock = new();

    // Guarded by _lock, with _prefixLengths; _closed is written under it.
    private readonly Dictionary<Topic, Watch> _watches = [];

    // How many watches exist for prefixes of each length, so that a changed key is cut only at lengths somebody waits for.
    private readonly SortedDictionary<int, int> _prefixLengths = [];
    private bool _closed;

    /// <summary>Distinct topics that somebody waits for.</summary>
    public int Count
    {
        get
        {
            lock (_lock)
            {
                return _watches.Count;
            }
        }
    }

    /// <summary>Whether the agent is stopping: nobody should block any more.</summary>
    public bool IsClosed => Volatile.Read(ref _closed);

    /// <summary>
    /// Joins the watch for a topic. To miss nothing, subscribe first and read the state after: a commit publishes its root before it wakes.
    /// </summary>
    public Watch Subscribe(Topic topic)
    {
        lock (_lock)
        {
            if (!_watches.TryGetValue(topic, out var watch))
            {
                watch = new Watch(this, topic);
                if (_closed)
                {
                    watch.Complete();
                    return watch;
                }

                _watches.Add(topic, watch);
                CountPrefixLocked(topic, 1);
            }

            watch.Holders++;
            return watch;
        }
    }

    /// <summary>Wakes everybody and keeps later watchers from blocking: the agent is stopping.</summary>
    public void Close()
    {
        Watch[] all;
        lock (_lock)
        {
            _closed = true;
            all = [.. _watches.Values];
            _watches.Clear();
            _prefixLengths.Clear();
        }

        foreach (var watch in all)
        {
            watch.Complete();
        }
    }

    /// <summary>Wakes the watchers of what a commit changed. Called after the new root is visible.</summary>
    internal void Wake(IReadOnlyCollection<Topic> changed)
    {
        if (changed.Count == 0)
        {
            return;
        }

        List<Watch>? woken = null;
        lock (_lock)
        {
            if (_watches.Count == 0)
            {
                return;
            }

            if (changed.Contains(Topic.Restored))
            {
                woken = [.. _watches.Values];
                _watches.Clear();
                _prefixLengths.Clear();
            }

            foreach (var topic in changed)
            {
                TakeLocked(topic, ref woken);
                if (topic.Kind == TopicKind.Key && _prefixLengths.Count > 0)
                {
                    TakePrefixesLocked(topic.Name, ref woken);
                }
            }
        }

        // Outside the lock: completing wakes threads that may come straight back to subscribe.
        foreach (var watch in woken ?? [])
        {
            watch.Complete();
        }
    }

    internal void Release(Watch watch)
    {
        lock (_lock)
        {
            if (--watch.Holders > 0)
            {
                return;
            }

            // A woken watch has already left; its topic may belong to a newer one by now.
            if (_watches.TryGetValue(watch.Topic, out var current) && ReferenceEquals(current, watch))
            {
                RemoveLocked(watch.Topic);
            }
        }
    }

    private void TakePrefixesLocked(string key, ref List<Watch>? woken)
    {
        // Copied because taking a watch may remove its length.
        foreach (var length in _prefixLengths.Keys.ToArray())
        {
            if (length > key.Length)
            {
                break;
            }

            TakeLocked(Topic.KeyPrefix(key[..length]), ref woken);
        }
    }

    private void TakeLocked(Topic topic, ref List<Watch>? woken)
    {
        if (_watches.TryGetValue(topic, out var watch))
        {
            RemoveLocked(topic);
            (woken ??= []).Add(watch);
        }
    }

    private void RemoveLocked(Topic topic)
    {
        _watches.Remove(topic);
        CountPrefixLocked(topic, -1);
    }

    private void CountPrefixLocked(Topic topic, int change)
    {
        if (topic.Kind != TopicKind.KeyPrefix)
        {
            return;
        }

        var length = topic.Name.Length;
        var count = _prefixLengths.GetValueOrDefault(length) + change;
        if (count > 0)
        {
            _prefixLengths[length] = count;
        }
        else
        {
            _prefixLengths.Remove(length);
        }
    }
}
