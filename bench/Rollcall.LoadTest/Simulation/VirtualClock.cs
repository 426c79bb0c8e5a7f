namespace Rollcall.LoadTest.Simulation;

/// <summary>Time that goes on when the simulation says so, timers included. For one thread at a time: lists come on another one, which the simulation waits for.</summary>
internal sealed class VirtualClock : TimeProvider
{
    private readonly PriorityQueue<(VirtualTimer Timer, int Setting), (long Due, long Order)> _due = new();
    private long _order;

    public long Ticks { get; private set; } = TimeSpan.TicksPerDay;

    /// <summary>When the next timer is due; <see cref="long.MaxValue"/>: none is set.</summary>
    public long NextTimer
    {
        get
        {
            while (_due.TryPeek(out var next, out var due))
            {
                if (next.Timer.Setting == next.Setting)
                {
                    return due.Due;
                }

                _due.Dequeue();
            }

            return long.MaxValue;
        }
    }

    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    public override long GetTimestamp() => Ticks;

    public override DateTimeOffset GetUtcNow() => new(Ticks, TimeSpan.Zero);

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        var timer = new VirtualTimer(this, callback, state);
        timer.Change(dueTime, period);
        return timer;
    }

    /// <summary>Goes on to a time, and calls back what is due until then, in order.</summary>
    public void MoveTo(long time)
    {
        while (NextTimer is var due && due <= time)
        {
            Ticks = Math.Max(Ticks, due);
            _due.Dequeue().Timer.Fire();
        }

        Ticks = Math.Max(Ticks, time);
    }

    private sealed class VirtualTimer(VirtualClock clock, TimerCallback callback, object? state) : ITimer
    {
        /// <summary>Which of its settings holds; the others are void.</summary>
        public int Setting { get; private set; }

        public bool Change(TimeSpan dueTime, TimeSpan period)
        {
            if (period != Timeout.InfiniteTimeSpan)
            {
                throw new NotSupportedException("Nothing that is simulated sets a timer that repeats.");
            }

            Setting++;
            if (dueTime != Timeout.InfiniteTimeSpan)
            {
                clock._due.Enqueue((this, Setting), (clock.Ticks + dueTime.Ticks, clock._order++));
            }

            return true;
        }

        public void Fire()
        {
            Setting++;
            callback(state);
        }

        public void Dispose() => Setting++;

        public ValueTask DisposeAsync()
        {
            Dispose();
            return ValueTask.CompletedTask;
        }
    }
}
