using Rollcall.Discovery.Balancing;
using Rollcall.Discovery.Balancing.Ejection;
using Rollcall.Discovery.Balancing.Limits;
using Rollcall.Discovery.Balancing.SlowStart;
using Rollcall.Discovery.Balancing.Stages;
using Rollcall.Discovery.Events;
using Rollcall.TestKit;
using static Rollcall.Discovery.Tests.Instances;

namespace Rollcall.Discovery.Tests.Balancing;

/// <summary>Times that are longer than a timer or a timestamp can hold.</summary>
public sealed class LongDurationTests : IAsyncDisposable
{
    private readonly BalancerHarness _harness = new();

    public static TheoryData<TimeSpan> Durations => [TimeSpan.FromDays(60), TimeSpan.FromDays(400_000), TimeSpan.MaxValue];

    public ValueTask DisposeAsync() => _harness.DisposeAsync();

    [Theory]
    [MemberData(nameof(Durations))]
    public async Task Ejection_LastsSoLong(TimeSpan duration)
    {
        await using var balancer = await _harness.BalanceAsync(
            new RoundRobinPolicy(),
            new ServiceBalancerOptions { OutlierEjection = new OutlierEjectionOptions { BaseEjectionTime = duration, ConsecutiveFailures = 1 } },
            A,
            B);

        balancer.Pick(B).Complete(Outcomes.Failure);

        Assert.Equal(EndpointStanding.Ejected, balancer.Describe(B).Standing);
        _harness.Time.Advance(TimeSpan.FromDays(59));
        Assert.Equal(["a", "a"], balancer.Picks(2));
        Assert.Equal(EndpointStanding.Ejected, balancer.Describe(B).Standing);
        _harness.Time.Advance(TimeSpan.FromDays(2));
        Assert.Equal(duration == TimeSpan.FromDays(60), balancer.Picks(2).Contains("b"));
    }

    [Theory]
    [MemberData(nameof(Durations))]
    public async Task Cooldown_LastsSoLong(TimeSpan duration)
    {
        await using var balancer = await _harness.BalanceAsync(
            new RoundRobinPolicy(), new ServiceBalancerOptions { UnreachableCooldown = duration, MaxUnreachableCooldown = duration }, A, B);

        balancer.Pick(B).Complete(Outcomes.Unreachable);

        Assert.Equal(EndpointStanding.CoolingDown, balancer.Describe(B).Standing);
        _harness.Time.Advance(TimeSpan.FromDays(59));
        Assert.Equal(["a", "a"], balancer.Picks(2));
        _harness.Time.Advance(TimeSpan.FromDays(2));
        Assert.Equal(duration == TimeSpan.FromDays(60), balancer.Picks(2).Contains("b"));
    }

    [Theory]
    [MemberData(nameof(Durations))]
    public async Task SlowStartIntervalAndLimit_DoNotThrow(TimeSpan duration)
    {
        await using var balancer = await _harness.BalanceAsync(
            new RoundRobinPolicy(),
            new ServiceBalancerOptions
            {
                SlowStart = new SlowStartOptions { Window = duration },
                OutlierEjection = new OutlierEjectionOptions { Interval = duration, SuccessRate = new SuccessRateEjectionOptions() },
                AdaptiveLimit = new AdaptiveLimitOptions { ProbeInterval = duration },
            },
            A);
        await _harness.AnswerAsync(balancer, 2, A, B);

        balancer.Pick(A).Complete(Outcomes.Failure);
        _harness.Time.Advance(TimeSpan.FromDays(30));

        Assert.Equal(EndpointStanding.Warming, balancer.Describe(B).Standing);
    }

    [Theory]
    [MemberData(nameof(Durations))]
    public async Task Event_SaysUntilWhen(TimeSpan duration)
    {
        await using var balancer = await _harness.BalanceAsync(
            new RoundRobinPolicy(),
            new ServiceBalancerOptions { OutlierEjection = new OutlierEjectionOptions { BaseEjectionTime = duration, ConsecutiveFailures = 1 } },
            A,
            B);
        await using var events = _harness.Directory.Events.ReadAllAsync().GetAsyncEnumerator();
        var next = events.MoveNextAsync();

        balancer.Pick(B).Complete(Outcomes.Failure);

        Assert.True(await next.AsTask().WithinAsync());
        var ejected = Assert.IsType<EndpointEjected>(events.Current);
        Assert.Equal(balancer.Describe(B).Until, ejected.Until);
    }
}
