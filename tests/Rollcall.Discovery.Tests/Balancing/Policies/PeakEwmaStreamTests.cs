using Rollcall.Discovery.Balancing;
using Rollcall.TestKit;
using static Rollcall.Discovery.Tests.Instances;

namespace Rollcall.Discovery.Tests.Balancing;

/// <summary>Callers that do nothing but open streams on three instances, in virtual time: what streams do not tell must not decide where all calls go.</summary>
public sealed class PeakEwmaStreamTests
{
    private static readonly TimeSpan s_decayTime = TimeSpan.FromSeconds(1);

    private readonly FakeTimeProvider _time = new();
    private readonly EndpointPicker _picker;

    public PeakEwmaStreamTests() => _picker = new PeakEwmaPolicy(s_decayTime).Create([A, B, C], random: new Random(6), time: _time);

    [Theory]
    [InlineData(0, CallResult.Success)]
    [InlineData(1, CallResult.Success)]
    [InlineData(1, CallResult.Failure)]
    public void StreamsThatEndWell_AreSharedOut_WhateverOneOtherCallTold(int others, CallResult result)
    {
        for (var i = 0; i < others; i++)
        {
            _picker.Open().Complete(new CallOutcome(result, TimeSpan.FromMilliseconds(80)));
        }

        var shares = Run(TimeSpan.FromSeconds(20), static _ => (80, new CallOutcome(CallResult.Success, TimeSpan.FromMilliseconds(80)) { IsStream = true }));

        Assert.All(shares, static share => Assert.InRange(share, 0.2, 0.5));
    }

    [Fact]
    public void InstanceWhoseOneStreamFailed_GetsStreamsAgain()
    {
        for (var i = 0; i < 3; i++)
        {
            _picker.Open().Succeed(50);
        }

        Assert.True(_picker.TryPick(new PickContext { Tried = [A, C] }, out var failed));
        failed.Complete(new CallOutcome(CallResult.Failure, TimeSpan.FromMilliseconds(50)) { IsStream = true });
        _ = Run(10 * s_decayTime, Duplex);

        Assert.All(Run(3 * s_decayTime, Duplex), static share => Assert.InRange(share, 0.2, 0.5));

        static (int, CallOutcome) Duplex(int slot) => (50, new CallOutcome(CallResult.Success, TimeSpan.FromMilliseconds(50)) { IsStream = true });
    }

    [Fact]
    public void InstanceWhoseStreamsAreGivenUpUnanswered_GetsFew()
    {
        // Known before it hangs.
        _ = Run(s_decayTime, static _ => Healthy);

        var shares = Run(20 * s_decayTime, static slot => slot == 1 ? (500, new CallOutcome(CallResult.Cancelled, TimeSpan.FromMilliseconds(500)) { IsStream = true }) : Healthy);

        Assert.InRange(shares[1], 0, 0.15);
    }

    [Fact]
    public void InstanceWhoseQuietStreamWasClosed_KeepsMostOfItsCalls()
    {
        _ = Run(s_decayTime, static _ => Healthy);
        Assert.True(_picker.TryPick(new PickContext { Tried = [A, C] }, out var quiet));
        quiet.Complete(new CallOutcome(CallResult.Cancelled, TimeSpan.FromMinutes(10)) { IsStream = true });

        Assert.All(Run(s_decayTime, static _ => Healthy), static share => Assert.InRange(share, 0.15, 0.5));
    }

    private static (int, CallOutcome) Healthy =>
        (50, new CallOutcome(CallResult.Success, TimeSpan.FromMilliseconds(50)) { IsStream = true, AnsweredAfter = TimeSpan.FromMilliseconds(50) });

    /// <returns>Of all calls, the share of each instance.</returns>
    private double[] Run(TimeSpan length, Func<int, (int Milliseconds, CallOutcome Outcome)> call)
    {
        const int Callers = 30;
        var open = new PriorityQueue<(PickLease Lease, CallOutcome Outcome), long>();
        var picks = new double[3];
        for (var now = 0L; now < length.TotalMilliseconds; now++)
        {
            while (open.TryPeek(out var ended, out var due) && due <= now)
            {
                open.Dequeue();
                ended.Lease.Complete(ended.Outcome);
            }

            while (open.Count < Callers)
            {
                var lease = _picker.Open();
                var (milliseconds, outcome) = call(lease.Slot);
                picks[lease.Slot]++;
                open.Enqueue((lease, outcome), now + milliseconds);
            }

            _time.Advance(TimeSpan.FromMilliseconds(1));
        }

        while (open.TryDequeue(out var ended, out _))
        {
            ended.Lease.Complete(ended.Outcome);
        }

        return [.. picks.Select(count => count / picks.Sum())];
    }
}
