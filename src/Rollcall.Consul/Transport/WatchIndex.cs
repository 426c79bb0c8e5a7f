using Rollcall.Consul.Wire;

namespace Rollcall.Consul.Transport;

/// <summary>
/// Which index a watch asks with next, and how long it may wait there. An index that is ahead of the agent's would be waited out in silence: so it is left where something
/// speaks against it, and a question without one tells at once what there is. Used by one watch alone.
/// </summary>
/// <param name="start">Where the watch starts; 0: from the beginning.</param>
/// <param name="hadValue">There was something before the watch began.</param>
/// <param name="time">The clock.</param>
internal sealed class WatchIndex(ulong start, bool hadValue, TimeProvider time)
{
    // Agents add up to a sixteenth of the wait to it.
    private const double LeastOfGranted = 0.9;

    private static readonly TimeSpan s_firstDoubt = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan s_lastDoubt = TimeSpan.FromMinutes(5);

    private bool _hadValue = hadValue;

    // The last one that the agent gave.
    private ulong _known = start;

    // After how long a list that became empty is asked for again, and since when; zero: it need not be.
    private TimeSpan _doubt;
    private long _since;
    private bool _asksAgain;

    // How long the last query was under way that seemed to be abandoned; zero: it did not.
    private TimeSpan _seemedAbandonedAfter;

    // How long the agent waits at most, as far as it showed.
    private TimeSpan _granted = TimeSpan.MaxValue;

    /// <summary>The index to ask with; 0: what there is, at once.</summary>
    public ulong Asked { get; private set; } = start;

    private TimeSpan UntilAskedAgain => _doubt - time.GetElapsedTime(_since);

    /// <summary>How long a query may wait that would like to wait so long.</summary>
    public TimeSpan Wait(TimeSpan wait)
    {
        if (_doubt > TimeSpan.Zero && UntilAskedAgain < wait)
        {
            var left = TimeSpan.FromSeconds(Math.Max(1, Math.Ceiling(UntilAskedAgain.TotalSeconds)));
            return left < wait ? left : wait;
        }

        return wait;
    }

    /// <summary>Another agent is asked: an index belongs to the one that gave it.</summary>
    public void Forget() => (Asked, _known, _asksAgain, _seemedAbandonedAfter, _granted) = (0, 0, false, TimeSpan.Zero, TimeSpan.MaxValue);

    /// <summary>Takes the index of an answer.</summary>
    /// <param name="received">That index, from 1.</param>
    /// <param name="isNothing">Whether the answer says that there is nothing.</param>
    /// <param name="waited">How long the query was under way.</param>
    /// <param name="wait">How long it might have waited.</param>
    /// <returns>True: it went backwards.</returns>
    public bool Take(ulong received, bool isNothing, TimeSpan waited, TimeSpan wait)
    {
        wait = wait < BlockingIndex.MaxWait ? wait : BlockingIndex.MaxWait;
        var rewound = received < _known;

        // Nothing was put aside: the agent grants less than it is asked for (its max_query_time).
        if (_seemedAbandonedAfter > TimeSpan.Zero && received == _known)
        {
            _granted = _seemedAbandonedAfter;
        }

        // An agent never answers before the wait is over with the index that it was asked with, but for one reason: the data that the query waited at were put aside, for those of
        // a snapshot. It tells the old list then, and its index, which the new ones may not reach for long.
        var isAbandoned = Asked != 0 && received == Asked && waited < wait * 0.99 && waited < _granted * LeastOfGranted;
        _seemedAbandonedAfter = isAbandoned ? waited : TimeSpan.Zero;
        _known = received;
        Asked = IsToBeAskedAgain(isNothing) || isAbandoned ? 0 : BlockingIndex.Next(Asked, received);
        return rewound;
    }

    /// <summary>
    /// One answer without anything takes all instances away, and if it was wrong, its index may be, too: it is asked about again, without one, after 5 seconds, and so on for as long as
    /// there is nothing, each time after twice as long. What is wrong for long is so known soon after it is right again, and what is empty for good costs a dozen questions.
    /// </summary>
    private bool IsToBeAskedAgain(bool isNothing)
    {
        if (!isNothing)
        {
            (_hadValue, _doubt, _asksAgain) = (true, TimeSpan.Zero, false);
            return false;
        }

        if (!_hadValue)
        {
            return false;
        }

        if (_doubt == TimeSpan.Zero)
        {
            (_doubt, _since) = (s_firstDoubt, time.GetTimestamp());
        }
        else if (_asksAgain)
        {
            _asksAgain = false;
            (_doubt, _since) = (_doubt * 2, time.GetTimestamp());
            if (_doubt > s_lastDoubt)
            {
                (_hadValue, _doubt) = (false, TimeSpan.Zero);
            }
        }
        else if (UntilAskedAgain <= TimeSpan.Zero)
        {
            _asksAgain = true;
            return true;
        }

        return false;
    }
}
