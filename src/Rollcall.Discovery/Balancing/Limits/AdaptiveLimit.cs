using Rollcall.Discovery.Balancing.Stages;

namespace Rollcall.Discovery.Balancing.Limits;

/// <summary>
/// The limit of one endpoint, which follows the latency of its calls: see <see cref="AdaptiveLimitOptions"/>. Picks read one number; ends of calls
/// take a lock that guards a few sums. Thread-safe.
/// </summary>
/// <param name="time">The clock of windows.</param>
internal sealed class AdaptiveLimit(TimeProvider time)
{
    // Averages of windows vary: one that is lower than the latency of an idle endpoint, or that of an endpoint in little use, counts by so much.
    private const double LowerWeight = 0.2;
    private const double IdleWeight = 0.1;

    // A new measurement of the latency of an idle endpoint counts by half if it is about the same: what differs then is chance.
    private const double MaxChance = 1.5;

    // The longest time of a measurement, in windows, beside what its calls take. Streams that live on must not keep the limit low.
    private const int ProbeWindows = 10;

    // What a window with many failures leaves of the limit.
    private const double FailureFactor = 0.9;
    private const int MaxFailurePercent = 10;

    private readonly Lock _lock = new();
    private int _current;
    private int _otherwise;
    private long _probeUntil;
    private long _idleTicks;
    private long _averageTicks;

    // All guarded by _lock.
    private AdaptiveLimitOptions? _options;
    private Random _random = Random.Shared;
    private double _limit;
    private bool _isProbing;
    private long _probeStart;
    private long _windowEnd;
    private long _nextProbe;
    private long _calls;
    private long _ticks;
    private long _failures;
    private int _peak;

    /// <summary>How many calls may be in flight now.</summary>
    public int Current
    {
        get
        {
            // The clock is read during measurements only: a few windows of many.
            var until = Volatile.Read(ref _probeUntil);
            return until != 0 && time.GetTimestamp() > until ? Volatile.Read(ref _otherwise) : Volatile.Read(ref _current);
        }
    }

    /// <summary>When a measurement that runs is over, and with it its lower limit, as a timestamp; 0: none runs.</summary>
    public long ProbeUntil => Volatile.Read(ref _probeUntil);

    /// <summary>What a call takes on an idle endpoint; null: not measured yet.</summary>
    public TimeSpan? IdleLatency => ToTimeSpan(ref _idleTicks);

    /// <summary>What calls took in the last window; null: there was none yet.</summary>
    public TimeSpan? AverageLatency => ToTimeSpan(ref _averageTicks);

    /// <summary>Goes by these options from now on; what is known of the endpoint stays.</summary>
    /// <param name="options">The balancer's own copy.</param>
    /// <param name="random">So that callers do not probe at the same time.</param>
    public void Follow(AdaptiveLimitOptions options, Random random)
    {
        lock (_lock)
        {
            if (ReferenceEquals(_options, options))
            {
                return;
            }

            if (_options is null)
            {
                _limit = options.Initial;
                StartWindowLocked(time.GetTimestamp(), options);
            }

            (_options, _random) = (options, random);
            SetLocked(_limit, options);
        }
    }

    /// <summary>A call has ended.</summary>
    /// <param name="outcome">How.</param>
    /// <param name="inFlight">How many were in flight, this one among them.</param>
    public void OnCompleted(in CallOutcome outcome, int inFlight)
    {
        // Who could not connect tells nothing of queues, and is left out by other means.
        if (outcome.Result == CallResult.Unreachable)
        {
            return;
        }

        var now = time.GetTimestamp();
        lock (_lock)
        {
            if (_options is not { } options)
            {
                return;
            }

            if (_isProbing && now < _probeStart)
            {
                // What began before is ending. To count by when calls began would leave out the long ones.
            }
            else if (outcome.Result == CallResult.Failure)
            {
                // Often quicker than an answer.
                _failures++;
            }
            else if (outcome.Result == CallResult.Success || outcome.Latency.Ticks > _idleTicks)
            {
                // A call that was given up took at least so long.
                _calls++;
                _ticks += outcome.Latency.Ticks;
            }

            _peak = Math.Max(_peak, inFlight);
            if ((_calls + _failures >= (_isProbing ? 2 : 1) * options.MinimumCalls && now >= _windowEnd) || (_isProbing && now > _probeUntil))
            {
                EndWindowLocked(now, options);
            }
        }
    }

    private static TimeSpan? ToTimeSpan(ref long ticks) => Volatile.Read(ref ticks) is > 0 and var known ? TimeSpan.FromTicks(known) : null;

    private void EndWindowLocked(long now, AdaptiveLimitOptions options)
    {
        var enough = _calls >= options.MinimumCalls;
        var average = _calls == 0 ? 0 : Math.Max(1, _ticks / _calls);
        var isFailing = _failures * 100 > (_calls + _failures) * MaxFailurePercent;
        var inMuchUse = _peak * 2 >= _limit;
        StartWindowLocked(now, options);
        if (average > 0)
        {
            Volatile.Write(ref _averageTicks, average);
        }

        if (_isProbing)
        {
            _isProbing = false;
            _nextProbe = time.After(now, options.ProbeInterval, 0.75 + (_random.NextDouble() / 2));
            Volatile.Write(ref _probeUntil, 0);
            if (enough)
            {
                ApproachLocked(average, average < _idleTicks * MaxChance && average * MaxChance > _idleTicks ? 0.5 : 1);
            }

            SetLocked(_limit, options);
        }
        else if (isFailing)
        {
            SetLocked(_limit * FailureFactor, options);
        }
        else if (!inMuchUse)
        {
            // Nobody waits for a higher limit, and it would be no limit when somebody does.
            ApproachLocked(average, IdleWeight);
        }
        else if (_idleTicks == 0 || now >= _nextProbe)
        {
            // Half of the limit is below what the endpoint takes, if the limit is about right. If it is much too high, so is the next one, but by less.
            var probed = _idleTicks == 0 ? options.Min : Math.Max(options.Min, (int)(_limit / 2));

            // Until it is measured, what it took under load stands for it.
            ApproachLocked(average, 0);
            _isProbing = true;
            _probeStart = time.After(now, TimeSpan.FromTicks(average), 3);
            _windowEnd = time.After(_probeStart, options.Window);
            Volatile.Write(ref _current, probed);
            Volatile.Write(
                ref _probeUntil,
                time.After(time.After(now, options.Window, ProbeWindows), TimeSpan.FromTicks(average), 5 + (2 * options.MinimumCalls / probed)));
        }
        else
        {
            if (average < _idleTicks)
            {
                ApproachLocked(average, LowerWeight);
            }

            SetLocked(Next(_limit, _idleTicks * options.Tolerance / average), options);
        }
    }

    /// <summary>Vegas: of the calls in flight, those that the latency says are waiting are to be few, but some.</summary>
    /// <param name="limit">The limit.</param>
    /// <param name="share">The part of a call's time in which it does not wait.</param>
    private static double Next(double limit, double share)
    {
        var waiting = limit * (1 - share);
        var unit = Math.Max(1, Math.Log10(limit));
        return waiting < unit ? limit + (2 * unit)
            : waiting < 2 * unit ? limit + (unit / 2)
            : waiting > 4 * unit ? limit - Math.Max(unit / 2, (waiting - (4 * unit)) / 2)
            : limit;
    }

    private void ApproachLocked(long average, double weight)
    {
        if (average > 0)
        {
            Volatile.Write(ref _idleTicks, _idleTicks == 0 ? average : _idleTicks + (long)((average - _idleTicks) * weight));
        }
    }

    private void SetLocked(double limit, AdaptiveLimitOptions options)
    {
        _limit = Math.Clamp(limit, options.Min, options.Max);
        Volatile.Write(ref _otherwise, (int)_limit);
        if (!_isProbing)
        {
            Volatile.Write(ref _current, (int)_limit);
        }
    }

    private void StartWindowLocked(long now, AdaptiveLimitOptions options)
    {
        _windowEnd = time.After(now, options.Window);
        (_calls, _ticks, _failures, _peak) = (0, 0, 0, 0);
    }
}
