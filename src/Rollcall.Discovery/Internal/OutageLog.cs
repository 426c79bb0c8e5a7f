namespace Rollcall.Discovery.Internal;

/// <summary>
/// What the log is told of a source that can't be read: a line for each reason, whichever watch runs into it first, another one while that lasts, and one when a watch is answered again. A
/// process may follow hundreds of lists, and each of them fails in an outage, again and again. What is refused to one watch says nothing of the others: each such has its own line at
/// first, and another one when it ends. Thread-safe.
/// </summary>
internal sealed class OutageLog(TimeProvider time)
{
    /// <summary>How often a reason is told that lasts.</summary>
    public static readonly TimeSpan Interval = TimeSpan.FromMinutes(5);

    // Where reasons are all different nevertheless, those beyond share their lines.
    private const int MostReasons = 8;
    private const int LongestReason = 500;

    private readonly Lock _lock = new();

    // All guarded by _lock.
    private readonly Dictionary<string, Reason> _reasons = [];
    private int _watches;
    private int _failing;

    private long Now => time.GetTimestamp();

    private TimeSpan Elapsed(long since) => time.GetElapsedTime(since);

    /// <summary>A watch begins. End its membership with it.</summary>
    public Member Enter()
    {
        lock (_lock)
        {
            _watches++;
        }

        return new Member(this);
    }

    /// <summary>The words of a failure without what differs from watch to watch and from attempt to attempt: names, ports, times.</summary>
    private static string KindOf(string reason, string name)
    {
        var words = name.Length == 0 ? reason : reason.Replace(name, "", StringComparison.OrdinalIgnoreCase);
        return string.Concat(words.Where(static c => !char.IsAsciiDigit(c)).Take(LongestReason));
    }

    private Reason Find(string kind)
    {
        if (!_reasons.TryGetValue(kind, out var found) && (_reasons.Count < MostReasons || !_reasons.TryGetValue("", out found)))
        {
            found = new Reason();
            _reasons.Add(_reasons.Count < MostReasons ? kind : "", found);
        }

        return found;
    }

    private void Leave(Reason reason)
    {
        reason.Watches--;
        if (--_failing == 0)
        {
            _reasons.Clear();
        }

        // Also those that other watches went through before they failed with something else.
        foreach (var other in _reasons.Values)
        {
            other.IsOver |= other.Watches == 0;
        }
    }

    /// <summary>What is due.</summary>
    internal enum Line
    {
        /// <summary>Nothing that others have not said.</summary>
        None,

        /// <summary>It is news.</summary>
        News,

        /// <summary>It goes on.</summary>
        Still,
    }

    private sealed class Reason
    {
        public long? ToldAt { get; set; }

        /// <summary>How many fail with it now.</summary>
        public int Watches { get; set; }

        /// <summary>A watch that had failed with it is answered again, or nobody fails with it any more: who begins to is news.</summary>
        public bool IsOver { get; set; }
    }

    /// <summary>One watch. For its loop alone.</summary>
    internal sealed class Member(OutageLog all)
    {
        private Reason? _reason;

        // What it was refused with since its last answer. Guarded by the log's lock.
        private HashSet<Reason>? _refusals;

        /// <summary>It failed, the first time or again.</summary>
        /// <param name="reason">What with.</param>
        /// <param name="name">Its own name, which the reason may have in it.</param>
        /// <param name="isRefusal">Whether it is a matter of this watch alone.</param>
        /// <returns>
        /// What is due, and how many watches besides it is said of: of what is news all, which may fail alike, or none of what is refused to this one; of what goes on those that fail.
        /// </returns>
        public (Line Line, int Others) Fail(string reason, string name, bool isRefusal)
        {
            var kind = KindOf(reason, name);
            lock (all._lock)
            {
                var isNew = _reason is null;
                var found = all.Find(kind);
                var joins = _reason != found;
                if (isNew)
                {
                    all._failing++;
                }
                else
                {
                    _reason!.Watches--;
                }

                found.Watches++;
                _reason = found;
                var isFirstRefusal = isRefusal && (_refusals ??= []).Add(found);
                var isNews = isFirstRefusal || found.ToldAt is null || (joins && found.IsOver);
                var others = !isNews ? all._failing - 1 : isRefusal ? 0 : all._watches - 1;
                if (!isNews && all.Elapsed(found.ToldAt!.Value) < Interval)
                {
                    return (Line.None, others);
                }

                (found.ToldAt, found.IsOver) = (all.Now, false);
                return (isNews ? Line.News : Line.Still, others);
            }
        }

        /// <summary>It has got an answer.</summary>
        /// <returns>Whether that is news, as it is of the first of those that failed alike and of each that was refused, and how many are not answered yet.</returns>
        public (bool IsNews, int Failing) Succeed()
        {
            lock (all._lock)
            {
                if (_reason is not { } reason)
                {
                    return (false, all._failing);
                }

                var isNews = !reason.IsOver || _refusals is not null;
                reason.IsOver = true;
                (_reason, _refusals) = (null, null);
                all.Leave(reason);
                return (isNews, all._failing);
            }
        }

        /// <summary>The watch is over.</summary>
        public void End()
        {
            lock (all._lock)
            {
                all._watches--;
                if (_reason is { } reason)
                {
                    _reason = null;
                    all.Leave(reason);
                }
            }
        }
    }
}
