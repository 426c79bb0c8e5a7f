using System.Runtime.CompilerServices;
using Rollcall.TestKit;
using static Rollcall.Discovery.Tests.Instances;

namespace Rollcall.Discovery.Tests;

/// <summary>A source that is down at first, and gives every watch one answer when it is back. Thread-safe.</summary>
internal sealed class RecoveringSource : IEndpointSource
{
    private int _opened;
    private int _answered;

    public string Name => "the recovering source";

    public bool IsBack { get; set; }

    /// <summary>How many watches were started.</summary>
    public int Opened => Volatile.Read(ref _opened);

    /// <summary>How many have their answer.</summary>
    public int Answered => Volatile.Read(ref _answered);

    /// <summary>It is back, and time passes until all have their answer.</summary>
    /// <param name="count">How many watches there are, which have no timers but those by which they wait for their turn.</param>
    /// <param name="time">Their clock.</param>
    /// <returns>How long after the first answer the last one came.</returns>
    public async Task<TimeSpan> AnswerAllAsync(int count, FakeTimeProvider time)
    {
        // None is about to ask.
        await time.WaitForTimersAsync(count);
        IsBack = true;
        while (Answered == 0)
        {
            time.Advance(time.NextTimerDueIn!.Value);
            await Eventually.TrueAsync(AllWaitOrAreAnswered);
        }

        // The first answer is there before those that it wakes have heard of it: they still hold the timers of before.
        var first = time.GetUtcNow();
        await Eventually.TrueAsync(() => AllWaitOrAreAnswered() && time.LastTimerDueIn <= TimeSpan.FromSeconds(1));
        while (Answered < count)
        {
            time.Advance(time.NextTimerDueIn!.Value);
            await Eventually.TrueAsync(AllWaitOrAreAnswered);
        }

        return time.GetUtcNow() - first;

        bool AllWaitOrAreAnswered() => time.PendingTimers + Answered == count;
    }

    public async IAsyncEnumerable<EndpointUpdate> WatchAsync(ServiceQuery query, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        Interlocked.Increment(ref _opened);
        if (!IsBack)
        {
            throw new HttpRequestException("connection refused");
        }

        yield return new EndpointUpdate { Index = 1, Endpoints = [A] };

        // Asked again: the answer has been taken.
        Interlocked.Increment(ref _answered);
        await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, cancellationToken);
    }
}
