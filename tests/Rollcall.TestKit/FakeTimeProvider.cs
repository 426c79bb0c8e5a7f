using System.Globalization;
using System.Runtime.CompilerServices;

namespace Rollcall.TestKit;

/// <summary>
/// A clock that moves only when a test says so. Thread safe.
/// </summary>
/// <remarks>
/// Timers fire on the thread that calls <see cref="Advance"/>, in the order of their due times, and each callback sees the time
/// it was due at. A test first awaits <see cref="WaitForTimersAsync"/> (the code under test has reached its wait), then advances.
/// </remarks>
public sealed class FakeTimeProvider : TimeProvider
{
    private readonly Lock _lock = new();
    private readonly List<FakeTimer> _timers = []; // pending ones only; guarded by _lock
    private readonly List<TimerWaiter> _waiters = []; // guarded by _lock
    private DateTimeOffset _now; // guarded by _lock
    private long _created; // guarded by _lock; breaks ties between timers due at the same time

    /// <summary>A clock that starts at 2030-01-01T00:00:00Z.</summary>
    public FakeTimeProvider()
        : this(new DateTimeOffset(2030, 1, 1, 0, 0, 0, TimeSpan.Zero))
    {
    }

    /// <summary>A clock that starts at <paramref name="start"/>.</summary>
    public FakeTimeProvider(DateTimeOffset start) => _now = start;

    /// <inheritdoc/>
    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    /// <inheritdoc/>
    public override TimeZoneInfo LocalTimeZone => TimeZoneInfo.Utc;

    /// <summary>How many timers wait for their time.</summary>
    public int PendingTimers
    {
        get
        {
            lock (_lock)
            {
                return _timers.Count;
            }
        }
    }

    /// <summary>Time until the next timer is due; null when none is pending.</summary>
    public TimeSpan? NextTimerDueIn
    {
        get
        {
            lock (_lock)
            {
                return NextLocked() is { } next ? next.DueAt - _now : null;
            }
        }
    }

    /// <summary>Time until the last of the pending timers is due; null when none is pending.</summary>
    public TimeSpan? LastTimerDueIn
    {
        get
        {
            lock (_lock)
            {
                return _timers.Count == 0 ? null : _timers.Max(t => t.DueAt) - _now;
            }
        }
    }

    /// <inheritdoc/>
    public override DateTimeOffset GetUtcNow()
    {
        lock (_lock)
        {
            return _now;
        }
    }

    /// <inheritdoc/>
    public override long GetTimestamp() => GetUtcNow().Ticks;

    /// <inheritdoc/>
    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        ArgumentNullException.ThrowIfNull(callback);
        var timer = new FakeTimer(this, callback, state);
        _ = timer.Change(dueTime, period);
        return timer;
    }

    /// <summary>Moves the clock forward and fires every timer that becomes due on the way.</summary>
    public void Advance(TimeSpan by)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(by, TimeSpan.Zero);
        DateTimeOffset target;
        lock (_lock)
        {
            target = _now + by;
        }

        while (true)
        {
            FakeTimer? next;
            lock (_lock)
            {
                next = NextLocked();
                if (next is null || next.DueAt > target)
                {
                    // A callback may have advanced the clock further than this call asks for.
                    _now = _now > target ? _now : target;
                    return;
                }

                _now = _now > next.DueAt ? _now : next.DueAt;
                RescheduleLocked(next);
            }

            next.Fire(); // outside the lock: callbacks create and change timers
        }
    }

    /// <summary>Completes when at least <paramref name="count"/> timers are pending.</summary>
    /// <param name="count">Smallest number of pending timers.</param>
    /// <param name="timeout">Real time after which the wait fails. Default 10 seconds.</param>
    /// <param name="file">Filled in by the compiler.</param>
    /// <param name="line">Filled in by the compiler.</param>
    /// <exception cref="TimeoutException">Not that many timers in time; the message names the caller's line.</exception>
    public Task WaitForTimersAsync(
        int count, TimeSpan? timeout = null, [CallerFilePath] string file = "", [CallerLineNumber] int line = 0) =>
        WaitAsync(
            timers => timers.Count >= count,
            string.Create(CultureInfo.InvariantCulture, $"{count} pending timers"),
            timeout, file, line);

    /// <summary>Completes when a pending timer is due exactly <paramref name="dueIn"/> from now.</summary>
    /// <param name="dueIn">Distance from the current fake time.</param>
    /// <param name="timeout">Real time after which the wait fails. Default 10 seconds.</param>
    /// <param name="file">Filled in by the compiler.</param>
    /// <param name="line">Filled in by the compiler.</param>
    /// <exception cref="TimeoutException">No such timer in time; the message names the caller's line.</exception>
    public Task WaitForTimerDueInAsync(
        TimeSpan dueIn, TimeSpan? timeout = null, [CallerFilePath] string file = "", [CallerLineNumber] int line = 0) =>
        WaitAsync(
            timers => timers.Exists(t => t.DueAt - _now == dueIn),
            string.Create(CultureInfo.InvariantCulture, $"a timer due in {dueIn}"),
            timeout, file, line);

    /// <summary>Moves on step by step until <paramref name="condition"/> holds: for what waits several times, and makes a timer only after the one before it has run out.</summary>
    /// <param name="step">How far each time, about every 10 real milliseconds.</param>
    /// <param name="condition">Asked after each step.</param>
    /// <param name="expression">Filled in by the compiler.</param>
    /// <param name="file">Filled in by the compiler.</param>
    /// <param name="line">Filled in by the compiler.</param>
    /// <exception cref="TimeoutException">It did not hold within 10 real seconds.</exception>
    public Task AdvanceUntilAsync(
        TimeSpan step,
        Func<bool> condition,
        [CallerArgumentExpression(nameof(condition))] string expression = "",
        [CallerFilePath] string file = "",
        [CallerLineNumber] int line = 0)
    {
        ArgumentNullException.ThrowIfNull(condition);
        return Eventually.TrueAsync(
            () =>
            {
                Advance(step);
                return condition();
            },
            expression: expression,
            file: file,
            line: line);
    }

    internal bool Schedule(FakeTimer timer, TimeSpan dueTime, TimeSpan period)
    {
        // As a real timer does.
        ArgumentOutOfRangeException.ThrowIfGreaterThan(dueTime.TotalMilliseconds, uint.MaxValue - 1, nameof(dueTime));
        List<TimerWaiter> reached;
        lock (_lock)
        {
            _ = _timers.Remove(timer);
            if (timer.Disposed)
            {
                return false;
            }

            timer.Period = period;
            if (dueTime == Timeout.InfiniteTimeSpan)
            {
                return true;
            }

            timer.DueAt = _now + dueTime;
            timer.Order = ++_created;
            _timers.Add(timer);
            reached = _waiters.FindAll(w => w.Reached(_timers));
            _ = _waiters.RemoveAll(reached.Contains);
        }

        reached.ForEach(w => w.Complete());
        if (dueTime <= TimeSpan.Zero)
        {
            // Due at once, as with a real timer: without anybody advancing the clock, and not on the creator's stack.
            _ = ThreadPool.UnsafeQueueUserWorkItem(static t => t.FireIfStillDue(), timer, preferLocal: false);
        }

        return true;
    }

    internal void Remove(FakeTimer timer)
    {
        lock (_lock)
        {
            timer.Disposed = true;
            _ = _timers.Remove(timer);
        }
    }

    internal bool TakeIfDue(FakeTimer timer)
    {
        lock (_lock)
        {
            if (!_timers.Contains(timer) || timer.DueAt > _now)
            {
                return false;
            }

            RescheduleLocked(timer);
            return true;
        }
    }

    private FakeTimer? NextLocked() => _timers.Count == 0 ? null : _timers.MinBy(t => (t.DueAt, t.Order));

    private void RescheduleLocked(FakeTimer timer)
    {
        _ = _timers.Remove(timer);
        if (timer.Period > TimeSpan.Zero)
        {
            timer.DueAt += timer.Period;
            timer.Order = ++_created;
            _timers.Add(timer);
        }
    }

    private async Task WaitAsync(Predicate<List<FakeTimer>> reached, string what, TimeSpan? timeout, string file, int line)
    {
        TimerWaiter waiter;
        lock (_lock)
        {
            if (reached(_timers))
            {
                return;
            }

            waiter = new TimerWaiter(reached);
            _waiters.Add(waiter);
        }

        try
        {
            await waiter.Task.WaitAsync(timeout ?? TimeSpan.FromSeconds(10), System);
        }
        catch (TimeoutException)
        {
            string pending;
            lock (_lock)
            {
                _ = _waiters.Remove(waiter);
                pending = _timers.Count == 0 ? "none" : string.Join(", ", _timers.Select(t => t.DueAt - _now));
            }

            throw new TimeoutException($"{Path.GetFileName(file)}:{line}: waited for {what}; pending are: {pending}.");
        }
    }
}
