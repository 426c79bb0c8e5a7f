using Rollcall.Discovery.Internal;
using Rollcall.TestKit;

namespace Rollcall.Discovery.Tests.Internal;

public sealed class CoalescedTests
{
    [Fact]
    public void AskedForWhileItRuns_RunsOnceMoreAfterwards()
    {
        var runs = 0;
        var depth = 0;
        Coalesced? action = null;
        action = new Coalesced(() =>
        {
            Assert.Equal(1, ++depth);
            if (++runs == 1)
            {
                action!.Run();
                action.Run();
            }

            depth--;
        });

        action.Run();

        Assert.Equal(2, runs);
    }

    [Fact]
    public void AskedForWhileItRuns_AnotherThreadIsAskedToRunItAgain()
    {
        var runs = 0;
        var again = 0;
        Coalesced? action = null;
        action = new Coalesced(
            () =>
            {
                if (++runs == 1)
                {
                    action!.Run();
                    action.Run();
                }
            },
            () => again++);

        action.Run();
        Assert.Equal((1, 1), (runs, again));

        action.Run();
        Assert.Equal((2, 1), (runs, again));
    }

    [Fact]
    public void Throws_TheNextOneStartsAgain()
    {
        var runs = 0;
        var action = new Coalesced(() => _ = ++runs == 1 ? throw new InvalidOperationException("first") : runs);

        Assert.Throws<InvalidOperationException>(action.Run);
        action.Run();

        Assert.Equal(2, runs);
    }

    [Fact]
    public void ThrowsAndWasAskedForMeanwhile_AnotherThreadIsAskedToRunItAgain()
    {
        var runs = 0;
        var again = 0;
        Coalesced? action = null;
        action = new Coalesced(
            () =>
            {
                if (++runs == 1)
                {
                    action!.Run();
                }

                throw new InvalidOperationException("each time");
            },
            () => again++);

        Assert.Throws<InvalidOperationException>(action.Run);
        Assert.Equal((1, 1), (runs, again));

        Assert.Throws<InvalidOperationException>(action.Run);
        Assert.Equal((2, 1), (runs, again));
    }

    /// <summary>What the last run makes of it counts.</summary>
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void ThrowsAndWasAskedForMeanwhile_RunsOnceMoreAfterwards(int faulty)
    {
        var runs = 0;
        Coalesced? action = null;
        action = new Coalesced(() =>
        {
            if (++runs == 1)
            {
                action!.Run();
            }

            if (runs <= faulty)
            {
                throw new InvalidOperationException($"run {runs}");
            }
        });

        var thrown = Record.Exception(action.Run);

        Assert.Equal(2, runs);
        Assert.Equal(faulty == 2 ? "run 2" : null, thrown?.Message);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Storm_NothingThatWasChangedBeforeAskingIsMissed(bool byOthers)
    {
        var changes = 0;
        var seen = 0;
        var running = 0;
        Coalesced? action = null;
        action = new Coalesced(
            () =>
            {
                Assert.Equal(1, Interlocked.Increment(ref running));
                Volatile.Write(ref seen, Volatile.Read(ref changes));
                Interlocked.Decrement(ref running);
            },
            byOthers ? () => ThreadPool.UnsafeQueueUserWorkItem(static action => action.Run(), action!, preferLocal: false) : null);
        Task[] askers =
        [
            .. Enumerable.Range(0, 4).Select(_ => Task.Run(() =>
            {
                for (var i = 0; i < 20_000; i++)
                {
                    Interlocked.Increment(ref changes);
                    action.Run();
                }
            })),
        ];

        await Task.WhenAll(askers).WithinAsync();

        await Eventually.TrueAsync(() => Volatile.Read(ref seen) == 80_000);
    }
}
