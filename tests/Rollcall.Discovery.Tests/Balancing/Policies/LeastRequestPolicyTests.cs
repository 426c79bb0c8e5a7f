using System.Collections.Immutable;
using Rollcall.Discovery.Balancing;
using static Rollcall.Discovery.Tests.Instances;

namespace Rollcall.Discovery.Tests.Balancing;

public sealed class LeastRequestPolicyTests
{
    [Theory]
    [InlineData(10, 2)]
    [InlineData(100, 2)]
    [InlineData(1000, 2)]
    [InlineData(100, 5)]
    public void CallsThatStay_AreSpreadWithinFivePercent(int n, int choiceCount)
    {
        var picker = new LeastRequestPolicy(choiceCount).Create([.. Many(n)], random: new Random(n));
        for (var i = 0; i < 100 * n; i++)
        {
            picker.Open();
        }

        Assert.InRange(picker.States.Max(s => s.InFlight) / 100.0, 1, 1.05);
    }

    [Theory]
    [InlineData(2)]
    [InlineData(4)]
    public void IdleOneAmongBusy_GetsNoMoreThanItsDraws(int choiceCount)
    {
        // A newcomer, or one whose answers come too fast to be true: the share that it can draw is bounded.
        const int N = 20;
        ImmutableArray<EndpointState> states = [.. Enumerable.Range(0, N).Select(_ => new EndpointState())];
        foreach (var busy in states[1..])
        {
            for (var i = 0; i < 50; i++)
            {
                busy.OnPicked();
            }
        }

        var picker = new LeastRequestPolicy(choiceCount).CreatePicker(new PickerInput([.. Many(N)]) { States = states, Random = new Random(8) });
        var share = picker.Count(20_000)[0] / 20_000.0;

        Assert.InRange(share, 0.8 * choiceCount / N, (choiceCount / (double)N) + 0.01);
    }

    [Fact]
    public void NoMoreThanTheChoices_TheFewestIsTakenAlways()
    {
        var picker = new LeastRequestPolicy(4).Create([.. Many(4)], random: new Random(8));
        for (var i = 1; i <= 400; i++)
        {
            picker.Open();
            Assert.InRange(picker.States.Max(s => s.InFlight) - picker.States.Min(s => s.InFlight), 0, 1);
        }
    }

    [Fact]
    public void Weighted_IdleEndpointsShareByWeight()
    {
        var picker = new LeastRequestPolicy().Create([A.With(1), B.With(3), C.With(6)], random: new Random(8));

        ChiSquare.AssertFits(picker.Count(30_000), [1, 3, 6]);
    }

    [Fact]
    public void Weighted_CallsInFlightGoByWeight()
    {
        int[] weights = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10];
        var picker = new LeastRequestPolicy().Create([.. Many(10).Zip(weights, static (e, w) => e.With(w))], random: new Random(8));
        for (var i = 0; i < 5500; i++)
        {
            picker.Open();
        }

        for (var slot = 0; slot < 10; slot++)
        {
            Assert.InRange(picker.States[slot].InFlight / (100.0 * weights[slot]), 0.9, 1.1);
        }
    }

    [Fact]
    public void Bias_SaysHowMuchCallsInFlightCount()
    {
        // 100 calls in flight on a weight of 3 and 50 on one of 1, and two draws by weight. Without bias the first draw is taken; with 1 the
        // weight of 3 has the lower load, and loses only if it is never drawn; with 10 it has the higher one.
        Assert.Equal(3 / 4.0, ShareOfBusy(0), 0.02);
        Assert.Equal(15 / 16.0, ShareOfBusy(1), 0.02);
        Assert.Equal(9 / 16.0, ShareOfBusy(10), 0.02);

        static double ShareOfBusy(double bias)
        {
            ImmutableArray<EndpointState> states = [new(), new()];
            for (var i = 0; i < 100; i++)
            {
                states[0].OnPicked();
                if (i % 2 == 0)
                {
                    states[1].OnPicked();
                }
            }

            var picker = new LeastRequestPolicy(2, bias).CreatePicker(
                new PickerInput([A.With(3), B.With(1)]) { States = states, Random = new Random(8) });
            return picker.Count(10_000)[0] / 10_000.0;
        }
    }

    [Fact]
    public void NumbersOutOfRange_AreRefused()
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => new LeastRequestPolicy(1));
        Assert.Throws<ArgumentOutOfRangeException>(() => new LeastRequestPolicy(11));
        Assert.Throws<ArgumentOutOfRangeException>(() => new LeastRequestPolicy(2, -1));
    }
}
