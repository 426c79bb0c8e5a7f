using System.Collections.Immutable;

namespace Rollcall.Discovery.Internal;

/// <summary>
/// Decides whether an answer is believed. A list that falls to nothing, or below half, at a moment of doubt looks like an outage of the
/// registry rather than of the service: the last good list is served on, together with what the answer does contain, for a bounded time.
/// Used by one loop; not thread-safe.
/// </summary>
internal sealed class CollapseGuard(TimeSpan hold, TimeProvider time)
{
    // Where answers break off again and again, as behind a proxy that ends long queries, each next one is the first after an outage.
    private const int MostRenewals = 3;

    private ImmutableArray<Endpoint> _good = [];
    private ImmutableArray<Endpoint> _held = [];
    private string? _heldWhy;

    // The source's own, which outlasts the hold; what was only suspected does not.
    private string? _heldDoubt;
    private bool _holding;
    private long? _doubtedAt;
    private int _renewals;

    // The first answer after an outage may be what the registry still had from before it: the fall comes with a later one.
    private string? _restartWhy;
    private long _restartedAt;

    /// <summary>True while an answer waits to be believed.</summary>
    public bool Holding => _holding;

    /// <summary>How long until the answer that is held back must be believed.</summary>
    public TimeSpan Remaining
    {
        get
        {
            var left = _doubtedAt is { } since ? hold - time.GetElapsedTime(since) : TimeSpan.Zero;
            return left > TimeSpan.Zero ? left : TimeSpan.Zero;
        }
    }

    /// <summary>Takes a list for good that was not judged: one that was kept from before.</summary>
    public void Trust(ImmutableArray<Endpoint> list) => _good = list;

    /// <param name="answer">The new list.</param>
    /// <param name="doubt">The source's own doubt.</param>
    /// <param name="suspicion">What the watch, or a source made of several, noticed: counts only together with a collapse.</param>
    /// <param name="restart">
    /// The first answer after an outage, or of a source that lost its state: the time of a hold starts anew, three times at most, because services need it to register again. A collapse
    /// within as much time after it is in the same doubt, also when this answer is not yet one.
    /// </param>
    public Verdict Judge(ImmutableArray<Endpoint> answer, string? doubt, string? suspicion, bool restart)
    {
        if (restart)
        {
            (_restartWhy, _restartedAt) = (suspicion ?? doubt, time.GetTimestamp());
        }

        suspicion ??= _restartWhy is not null && time.GetElapsedTime(_restartedAt) < hold ? _restartWhy : null;

        // Once a list is held, instances come back one by one: half of them are no reason to drop the others.
        var collapsed = _holding ? answer.Length < _good.Length : answer.Length * 2 < _good.Length;
        if ((doubt ?? suspicion) is not null && (!_holding || (restart && _renewals++ < MostRenewals)))
        {
            // A hold lasts from the collapse on, however long the doubt had lasted by then: only further answers in the same doubt don't prolong it.
            _doubtedAt = time.GetTimestamp();
        }

        if (collapsed && Remaining > TimeSpan.Zero)
        {
            var why = doubt ?? suspicion ?? _heldWhy ?? "the source was in doubt a moment ago";
            _held = answer;
            _heldWhy = why;
            _heldDoubt = doubt;
            _holding = true;
            return new Verdict(
                EndpointSet.Union(answer, _good),
                $"the number of instances fell from {_good.Length} to {answer.Length} while {why}; the last good list is held for {Remaining.TotalSeconds:0} s at most",
                Held: true);
        }

        Believe(answer);
        if (doubt is null)
        {
            _doubtedAt = null;
        }

        return new Verdict(answer, doubt, Held: false);
    }

    /// <summary>The hold ran out: the answer that was held back is believed, as far as the source itself does.</summary>
    public Verdict Expire()
    {
        var doubt = _heldDoubt;
        Believe(_held);
        _doubtedAt = null;
        _restartWhy = null;
        return new Verdict(_good, doubt, Held: false);
    }

    private void Believe(ImmutableArray<Endpoint> list)
    {
        _good = list;
        _held = [];
        _heldWhy = null;
        _heldDoubt = null;
        _holding = false;
        _renewals = 0;
    }

    /// <param name="Endpoints">What to serve.</param>
    /// <param name="Doubt">Null: the source vouches for it.</param>
    /// <param name="Held">The answer itself is held back.</param>
    internal readonly record struct Verdict(ImmutableArray<Endpoint> Endpoints, string? Doubt, bool Held);
}
