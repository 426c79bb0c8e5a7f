using System.Collections.Immutable;
using System.Diagnostics;
using Rollcall.Discovery.Balancing;
using Rollcall.Discovery.Balancing.Internal;
using Rollcall.TestKit;
using static Rollcall.Discovery.Tests.Instances;

namespace Rollcall.Discovery.Tests.Balancing;

public sealed class PeakEwmaPolicyTests
{
    private readonly FakeTimeProvider _time = new();

    private EndpointPicker Create(params ImmutableArray<Endpoint> endpoints) => new PeakEwmaPolicy().Create(endpoints, random: new Random(6), time: _time);

    [Fact]
    public void Latency_JumpsToAPeakInOneSampleAndFadesByETheMinusOneInTheDecayTime()
    {
        var latency = new PeakLatency(_time, TimeSpan.FromSeconds(10));
        var value = 0L;
        latency.Add(ref value, TimeSpan.FromMilliseconds(10));
        Assert.Equal(10e6, PeakLatency.Read(value, latency.Now()), 10.0);

        latency.Add(ref value, TimeSpan.FromMilliseconds(500));
        Assert.Equal(500e6, PeakLatency.Read(value, latency.Now()), 100.0);

        _time.Advance(TimeSpan.FromSeconds(10));
        Assert.Equal(500e6 * Math.Exp(-1), PeakLatency.Read(value, latency.Now()), 500e6 * 1e-3);

        // A faster sample after that time counts for the rest.
        latency.Add(ref value, TimeSpan.FromMilliseconds(10));
        Assert.Equal((500e6 * Math.Exp(-1)) + (10e6 * (1 - Math.Exp(-1))), PeakLatency.Read(value, latency.Now()), 500e6 * 1e-3);
    }

    [Fact]
    public void Latency_ManySmallStepsFadeAsOneLongOne()
    {
        var latency = new PeakLatency(_time, TimeSpan.FromSeconds(10));
        var value = 0L;
        latency.Add(ref value, TimeSpan.FromMilliseconds(500));
        for (var i = 0; i < 10_000; i++)
        {
            _time.Advance(TimeSpan.FromMilliseconds(1));
            latency.Add(ref value, TimeSpan.FromMilliseconds(10));
        }

        Assert.Equal((500e6 * Math.Exp(-1)) + (10e6 * (1 - Math.Exp(-1))), PeakLatency.Read(value, latency.Now()), 500e6 * 0.01);
    }

    /// <summary>By the system's coarse clock and by its exact one: the decay time decides.</summary>
    [Theory]
    [InlineData(10)]
    [InlineData(1)]
    public async Task Latency_FadesByTheSystemsClock(int decaySeconds)
    {
        // A reading of the coarse clock is that much old at most.
        var step = TimeSpan.FromMilliseconds(20);
        var decayTime = TimeSpan.FromSeconds(decaySeconds);
        var latency = new PeakLatency(TimeProvider.System, decayTime);
        var value = 0L;

        var before = Stopwatch.GetTimestamp();
        latency.Add(ref value, TimeSpan.FromMilliseconds(500));
        var added = Stopwatch.GetTimestamp();
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(150), TimeProvider.System);
        await timer.WaitForNextTickAsync(CancellationToken.None);
        var shortest = Stopwatch.GetElapsedTime(added) - step;
        var faded = PeakLatency.Read(value, latency.Now());
        var longest = Stopwatch.GetElapsedTime(before) + step;

        Assert.InRange(faded, 500e6 * Math.Exp(-longest / decayTime) * 0.999, 500e6 * Math.Exp(-shortest / decayTime) * 1.001);
    }

    [Fact]
    public void LatencyOfAnEndpointUnusedForLong_IsNearZero()
    {
        var latency = new PeakLatency(_time, TimeSpan.FromSeconds(10));
        var value = 0L;
        latency.Add(ref value, TimeSpan.FromMilliseconds(500));
        _time.Advance(TimeSpan.FromDays(7));

        Assert.Equal(0, PeakLatency.Read(value, latency.Now()), 1.0);
    }

    [Fact]
    public void SlowEndpoint_IsLeftAloneFromTheFirstSlowCallOnAndComesBackWithTime()
    {
        var picker = Create(A, B);
        for (var i = 0; i < 10; i++)
        {
            picker.Call(latency: TimeSpan.FromMilliseconds(10));
        }

        Assert.True(picker.TryPick(new PickContext { Tried = [B] }, out var slow));
        slow.Succeed(1000);
        Assert.DoesNotContain(0, Slots());

        _time.Advance(TimeSpan.FromSeconds(60));
        Assert.Contains(0, Slots());

        int[] Slots() => [.. Enumerable.Range(0, 100).Select(_ => picker.Call(latency: TimeSpan.FromMilliseconds(10)))];
    }

    [Fact]
    public void CallsInFlight_CountAgainstTheFasterOne()
    {
        var picker = Create(A, B);
        picker.Open().Succeed(10);
        picker.Open().Succeed(10);

        // Both 10 ms: one in flight each makes them equal, a second one goes to the other.
        var first = picker.Open();
        var second = picker.Open();
        Assert.NotEqual(first.Slot, second.Slot);
    }

    [Fact]
    public void FastFailures_AreNotTakenForSpeed()
    {
        var picker = Create(A, B);
        for (var i = 0; i < 2; i++)
        {
            var lease = picker.Open();
            lease.Complete(lease.Slot == 0
                ? new CallOutcome(CallResult.Failure, TimeSpan.FromMilliseconds(0.1))
                : new CallOutcome(CallResult.Success, TimeSpan.FromMilliseconds(20)));
        }

        Assert.Equal(0, picker.Count(100)[0]);
    }

    [Fact]
    public void ColdEndpoints_GetOneCallEachBeforeTheirFirstAnswer()
    {
        var picker = Create([.. Many(20)]);
        for (var i = 0; i < 20; i++)
        {
            picker.Open();
            Assert.All(picker.States, s => Assert.InRange(s.InFlight, 0, 1));
        }

        // Nobody has answered, and nobody is left.
        picker.Open();
        Assert.Equal(21, picker.States.Sum(s => s.InFlight));
    }

    [Fact]
    public void NewcomerThatDoesNotAnswer_GetsNoSecondCall()
    {
        var policy = new PeakEwmaPolicy();
        var random = new Random(6);
        var old = policy.Create([A, B], random: random, time: _time);
        old.Open().Succeed(10);
        old.Open().Succeed(10);
        var picker = policy.Create([A, B, C], old, random, _time);
        for (var i = 0; i < 200; i++)
        {
            if (picker.Open() is var lease && lease.Slot != 2)
            {
                lease.Succeed(10);
            }
        }

        Assert.Equal(1, picker.States[2].InFlight);
        Assert.Equal(1, picker.States[2].Picks);
    }

    [Fact]
    public void FirstCallsThatNeverEnd_TheirEndpointsGetCallsAgainAfterTheDecayTime()
    {
        var picker = Create(A, B, C);
        int[] streams = [picker.Open().Slot, picker.Open().Slot];
        var third = 3 - streams.Sum();
        Assert.Equal(100, Count()[third]);

        _time.Advance(TimeSpan.FromSeconds(9.9));
        Assert.Equal(100, Count()[third]);

        _time.Advance(TimeSpan.FromSeconds(0.2));
        Assert.All(Count(), calls => Assert.InRange(calls, 1, 98));

        int[] Count()
        {
            var counts = new int[3];
            for (var i = 0; i < 100; i++)
            {
                counts[picker.Call(latency: TimeSpan.FromMilliseconds(500))]++;
            }

            return counts;
        }
    }

    /// <summary>Also when nobody asked for so long that the numbers of the clock have come round.</summary>
    [Theory]
    [InlineData(10)]
    [InlineData(2_000_000)]
    [InlineData(2_621_400)]
    public void EndpointThatNeverAnswers_GetsOneCallInEachDecayTime(double pauseSeconds)
    {
        var picker = Create(A, B);
        picker.Open();
        picker.Open().Succeed(10);
        var silent = picker.States.Single(s => s.InFlight == 1);
        for (var calls = 2; calls < 6; calls++)
        {
            _time.Advance(TimeSpan.FromSeconds(pauseSeconds));
            for (var i = 0; i < 200; i++)
            {
                if (picker.Open() is var lease && picker.States[lease.Slot] != silent)
                {
                    lease.Succeed(10);
                }
            }

            Assert.Equal(calls, silent.InFlight);
            Assert.Equal(calls, silent.Picks);
        }
    }

    [Fact]
    public void ColdEndpointWhoseFirstCallWasGivenUp_IsTriedAgain()
    {
        var picker = Create(A, B);
        picker.Open().Complete(new CallOutcome(CallResult.Cancelled, TimeSpan.Zero));
        var open = picker.Open();
        var other = picker.Open();

        Assert.NotEqual(open.Slot, other.Slot);
    }

    [Fact]
    public void CallThatWasGivenUp_CountsWhereItTookLongerThanIsKnown()
    {
        var picker = Create(A);
        GiveUp(50);
        Assert.Equal(50e6, Cost(), 10.0);

        GiveUp(20);
        Assert.Equal(50e6, Cost(), 10.0);

        GiveUp(80);
        Assert.Equal(80e6, Cost(), 10.0);

        // Far below what is known from long ago.
        _time.Advance(TimeSpan.FromSeconds(100));
        GiveUp(50);
        Assert.Equal(50e6, Cost(), 1e5);

        double Cost() => PeakLatency.Read(picker.States[0].Latency, new PeakLatency(_time, TimeSpan.FromSeconds(10)).Now());

        void GiveUp(double milliseconds) => picker.Open().Complete(new CallOutcome(CallResult.Cancelled, TimeSpan.FromMilliseconds(milliseconds)));
    }

    [Fact]
    public void StreamThatItsReaderCloses_SaysNothingOfTheLatency()
    {
        var picker = Create(A);
        picker.Open().Succeed(5);
        var known = picker.States[0].Latency;

        picker.Open().Complete(new CallOutcome(CallResult.Cancelled, TimeSpan.FromMinutes(10)) { IsAnswered = true });

        Assert.Equal(known, picker.States[0].Latency);
    }

    /// <summary>Nor one that its server ended, except by the time to its headers, and one that had nothing to say.</summary>
    [Theory]
    [InlineData(CallResult.Success, null, 5)]
    [InlineData(CallResult.Success, 7, 7)]
    [InlineData(CallResult.Cancelled, null, 5)]
    [InlineData(CallResult.Cancelled, 7, 5)]
    [InlineData(CallResult.Failure, null, 1000)]
    [InlineData(CallResult.Failure, 7, 1000)]
    public void LifeOfAStream_IsNoLatency(CallResult result, int? answeredAfter, double expected)
    {
        var picker = Create(A);
        picker.Open().Succeed(5);

        picker.Open().Complete(new CallOutcome(result, TimeSpan.FromMinutes(10))
        {
            IsStream = true,
            AnsweredAfter = answeredAfter is { } milliseconds ? TimeSpan.FromMilliseconds(milliseconds) : null,
        });

        Assert.Equal(expected, PeakLatency.Last(picker.States[0].Latency).TotalMilliseconds, 0.01);
    }

    [Theory]
    [InlineData(CallResult.Cancelled, true, false)]
    [InlineData(CallResult.Cancelled, false, true)]
    [InlineData(CallResult.Success, false, true)]
    public void ColdEndpointWhoseFirstStreamSaidNothing_IsTriedAgain(CallResult result, bool isAnswered, bool isStream)
    {
        var picker = Create(A, B);
        picker.Open().Complete(new CallOutcome(result, TimeSpan.FromMinutes(10)) { IsAnswered = isAnswered, IsStream = isStream });
        var open = picker.Open();
        var other = picker.Open();

        Assert.NotEqual(open.Slot, other.Slot);
    }

    /// <summary>One of three hangs, and callers, or copies of their calls elsewhere, give its calls up after a while.</summary>
    [Fact]
    public void EndpointWhoseCallsAreGivenUp_GetsFew()
    {
        var picker = Create(A, B, C);
        var open = new PriorityQueue<(PickLease Lease, long Started, bool Hangs), long>();
        var picks = new int[3];
        for (var now = 0L; now < 60_000; now++)
        {
            while (open.TryPeek(out var call, out var due) && due <= now)
            {
                open.Dequeue();
                call.Lease.Complete(new CallOutcome(call.Hangs ? CallResult.Cancelled : CallResult.Success, TimeSpan.FromMilliseconds(now - call.Started)));
            }

            if (now % 2 == 0)
            {
                var lease = picker.Open();
                var hangs = lease.Slot == 0 && now > 5_000;
                picks[lease.Slot] += now > 5_000 ? 1 : 0;
                open.Enqueue((lease, now, hangs), now + (hangs ? 50 : 5));
            }

            _time.Advance(TimeSpan.FromMilliseconds(1));
        }

        Assert.InRange((double)picks[0] / picks.Sum(), 0, 0.15);
    }

    [Fact]
    public async Task ColdEndpoints_ManyThreads_OneCallEachInEachDecayTime()
    {
        for (var round = 0; round < 50; round++)
        {
            var picker = new PeakEwmaPolicy().Create([.. Many(40)], time: _time);
            for (var calls = 1; calls <= 3; calls++)
            {
                await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => Task.Run(() =>
                {
                    for (var i = 0; i < 10; i++)
                    {
                        picker.Open();
                    }
                }))).WithinAsync();

                Assert.All(picker.States, s => Assert.Equal(calls, s.InFlight));
                _time.Advance(TimeSpan.FromSeconds(10));
            }
        }
    }

    [Fact]
    public void TimesOutOfRange_AreRefused()
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => new PeakEwmaPolicy(TimeSpan.Zero));
        Assert.Throws<ArgumentOutOfRangeException>(() => new PeakEwmaPolicy(failurePenalty: TimeSpan.FromHours(2)));
    }
}
