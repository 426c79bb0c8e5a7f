namespace Rollcall.TestKit;

/// <summary>A timer of <see cref="FakeTimeProvider"/>, which guards its fields by its own lock.</summary>
internal sealed class FakeTimer(FakeTimeProvider owner, TimerCallback callback, object? state) : ITimer
{
    internal DateTimeOffset DueAt { get; set; }

    internal TimeSpan Period { get; set; }

    internal long Order { get; set; }

    internal bool Disposed { get; set; }

    public bool Change(TimeSpan dueTime, TimeSpan period) => owner.Schedule(this, dueTime, period);

    public void Dispose() => owner.Remove(this);

    public ValueTask DisposeAsync()
    {
        Dispose();
        return ValueTask.CompletedTask;
    }

    internal void Fire() => callback(state);

    internal void FireIfStillDue()
    {
        if (owner.TakeIfDue(this))
        {
            Fire();
        }
    }
}
