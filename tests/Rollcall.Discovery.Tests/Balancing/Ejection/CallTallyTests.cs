using Rollcall.Discovery.Balancing.Ejection;
using Rollcall.TestKit;

namespace Rollcall.Discovery.Tests.Balancing.Ejection;

public sealed class CallTallyTests
{
    [Fact]
    public async Task Storm_NoCallIsLostOrCountedTwice()
    {
        var tally = new CallTally();
        const int Threads = 4;
        const int Each = 50_000;
        var running = Threads;
        Task[] callers =
        [
            .. Enumerable.Range(0, Threads).Select(n => Task.Run(() =>
            {
                for (var i = 0; i < Each; i++)
                {
                    if (i % 5 == n)
                    {
                        tally.AddFailure();
                    }
                    else
                    {
                        tally.AddSuccess();
                        tally.AddLatency(TimeSpan.FromMilliseconds(i % 100));
                    }
                }

                Interlocked.Decrement(ref running);
            })),
        ];
        long successes = 0;
        long failures = 0;
        long timed = 0;
        while (Volatile.Read(ref running) > 0)
        {
            Take();
        }

        await Task.WhenAll(callers).WithinAsync();
        Take();

        Assert.Equal((Threads * Each * 4 / 5, Threads * Each / 5), (successes, failures));
        Assert.Equal(successes, timed);

        void Take()
        {
            var record = tally.Take();
            successes += record.Successes;
            failures += record.Failures;
            timed += record.Timed;
        }
    }

    [Theory]
    [InlineData(0.000001)]
    [InlineData(0.000003)]
    [InlineData(0.0005)]
    [InlineData(0.001)]
    [InlineData(0.0123)]
    [InlineData(1.5)]
    [InlineData(60)]
    [InlineData(3600)]
    public void Median_IsKnownToWithinAQuarter(double seconds)
    {
        var tally = new CallTally();
        tally.AddLatency(TimeSpan.Zero);
        tally.AddLatency(TimeSpan.FromSeconds(seconds));
        tally.AddLatency(TimeSpan.FromHours(24));

        var record = tally.Take();

        Assert.Equal(3, record.Timed);
        Assert.InRange(record.Median.TotalSeconds, seconds * 0.8, (seconds * 1.25) + 0.000001);
    }

    [Fact]
    public void Median_OfMany()
    {
        var tally = new CallTally();
        for (var i = 1; i <= 1000; i++)
        {
            tally.AddLatency(TimeSpan.FromMilliseconds(i));
        }

        Assert.InRange(tally.Take().Median.TotalMilliseconds, 450, 550);
        Assert.Equal(0, tally.Take().Timed);
    }
}
