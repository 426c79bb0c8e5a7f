namespace Rollcall.LoadTest.Simulation;

/// <summary>Time that goes on when the simulation says so.</summary>
internal sealed class VirtualClock : TimeProvider
{
    public long Ticks { get; set; } = TimeSpan.TicksPerDay;

    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    public override long GetTimestamp() => Ticks;

    public override DateTimeOffset GetUtcNow() => new(Ticks, TimeSpan.Zero);
}
