namespace Rollcall.Discovery.Internal;

/// <summary>
/// What the failed watches of a directory, or of one source among several, know of each other: each asks the less often the more of them there are, and the first one that gets an
/// answer wakes the others, which then don't ask in one moment. Thread-safe.
/// </summary>
/// <param name="shortest">The wait after the first failure, before the random part.</param>
/// <param name="longest">The cap of the wait of one that has failed alone.</param>
/// <param name="most">The cap however many there are: one that fails by itself, while many others do for a reason of theirs, must not wait for minutes.</param>
/// <param name="time">The clock.</param>
/// <param name="random">Where the random parts come from; thread-safe.</param>
internal sealed class FailedWatches(TimeSpan shortest, TimeSpan longest, TimeSpan most, TimeProvider time, Random random)
{
    // Many that are woken come evenly over as much time as one waits for an answer anyhow; few don't wait for nobody's sake.
    private static readonly TimeSpan s_spreadOfEach = TimeSpan.FromMilliseconds(20);
    private static readonly TimeSpan s_longestSpread = TimeSpan.FromSeconds(1);

    private readonly Lock _lock = new();
    private TaskCompletionSource _recovery = New();
    private int _count;

    private Task NextRecovery
    {
        get
        {
            lock (_lock)
            {
                return _recovery.Task;
            }
        }
    }

    /// <summary>Those of a directory with such options.</summary>
    public static FailedWatches Of(EndpointDirectoryOptions options, TimeProvider time, Random random) =>
        new(options.MinBackoff, options.MaxBackoff, options.MaxBackoff * 20, time, random);

    /// <summary>A watch begins. End its membership with it.</summary>
    public Member Enter() => new(this);

    private async Task WaitAsync(int failures, CancellationToken stop)
    {
        var recovery = NextRecovery;

        // This much in any case, and at random: all may have failed in the same moment, and one that goes on failing is not to be woken by each that doesn't.
        var first = Pause(1, longest) + Spread();
        await DelayAsync(first, stop).ConfigureAwait(false);
        if (failures == 1 || recovery.IsCompleted || stop.IsCancellationRequested)
        {
            return;
        }

        var rest = Pause(failures, Longest) - first;
        if (rest > TimeSpan.Zero && await IsWokenAsync(recovery, rest, stop).ConfigureAwait(false))
        {
            await DelayAsync(Spread(), stop).ConfigureAwait(false);
        }
    }

    /// <summary>The cap of each wait: so that together they ask about as often as one would.</summary>
    private TimeSpan Longest
    {
        get
        {
            var shared = longest * Math.Max(1, Volatile.Read(ref _count));
            return shared < most ? shared : most;
        }
    }

    private TimeSpan Pause(int failures, TimeSpan cap) => RestartPause.After(failures, shortest, cap, random);

    /// <summary>A random part of a time that grows with the number of those who may ask in the same moment: none for one alone.</summary>
    private TimeSpan Spread()
    {
        var spread = s_spreadOfEach * Math.Max(0, Volatile.Read(ref _count) - 1);
        return (spread < s_longestSpread ? spread : s_longestSpread) * random.NextDouble();
    }

    private async Task<bool> IsWokenAsync(Task recovery, TimeSpan wait, CancellationToken stop)
    {
        using var over = CancellationTokenSource.CreateLinkedTokenSource(stop);
        await Task.WhenAny(recovery, Task.Delay(wait, time, over.Token)).ConfigureAwait(false);
        await over.CancelAsync().ConfigureAwait(false);
        return recovery.IsCompleted;
    }

    private async Task DelayAsync(TimeSpan wait, CancellationToken stop)
    {
        if (wait > TimeSpan.Zero)
        {
            await Task.Delay(wait, time, stop).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private static TaskCompletionSource New() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    private void Recover()
    {
        TaskCompletionSource recovery;
        lock (_lock)
        {
            (recovery, _recovery) = (_recovery, New());
        }

        recovery.SetResult();
    }

    /// <summary>One watch, and whether it counts among those that failed. For its loop alone.</summary>
    internal sealed class Member(FailedWatches all)
    {
        private bool _hasFailed;

        /// <summary>It failed, the first time or again.</summary>
        public void Fail()
        {
            if (!_hasFailed)
            {
                _hasFailed = true;
                Interlocked.Increment(ref all._count);
            }
        }

        /// <summary>It waits before it asks again: for a time, or until another has got an answer.</summary>
        /// <param name="failures">Its own, in a row.</param>
        /// <param name="stop">Ends the wait, without an exception.</param>
        public Task WaitAsync(int failures, CancellationToken stop) => all.WaitAsync(failures, stop);

        /// <summary>It has got an answer: if it had failed before, the others may have one, too.</summary>
        public void Succeed()
        {
            if (_hasFailed)
            {
                End();
                all.Recover();
            }
        }

        /// <summary>The watch is over.</summary>
        public void End()
        {
            if (_hasFailed)
            {
                _hasFailed = false;
                Interlocked.Decrement(ref all._count);
            }
        }
    }
}
