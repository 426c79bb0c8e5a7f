namespace Rollcall.Discovery.Consul.Internal;

/// <summary>
/// The watches of one datacenter whose servers know no leader: they ask one after the other, so that together they ask as often as one would, and the
/// first that hears of a leader lets the others go, which then don't ask in one moment. Thread-safe.
/// </summary>
/// <param name="interval">The longest time from one question to the next.</param>
/// <param name="time">The clock.</param>
#pragma warning disable CA1001 // Without its wait handle a semaphore holds nothing, and watches may end after the source.
internal sealed class LeaderlessTurns(TimeSpan interval, TimeProvider time)
#pragma warning restore CA1001
{
    private static readonly TimeSpan s_spreadOfEach = TimeSpan.FromMilliseconds(20);
    private static readonly TimeSpan s_longestSpread = TimeSpan.FromSeconds(1);

    private readonly SemaphoreSlim _turn = new(1);
    private readonly Lock _lock = new();
    private TaskCompletionSource _leader = New(); // guarded by _lock
    private int _waiting;

    /// <summary>Completes when one of the watches hears of a leader. Taken with the answer that knows none, so that whoever comes to wait late has missed nothing.</summary>
    public Task NextLeader
    {
        get
        {
            lock (_lock)
            {
                return _leader.Task;
            }
        }
    }

    /// <summary>Waits until a watch may ask again.</summary>
    /// <param name="leader">The <see cref="NextLeader"/> of its last answer.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>End it when the answer is there, or there is none.</returns>
    public async Task<Turn> WaitAsync(Task leader, CancellationToken cancellationToken)
    {
        Interlocked.Increment(ref _waiting);
        try
        {
            if (await IsNextAsync(leader, cancellationToken).ConfigureAwait(false))
            {
                return new Turn(this, holds: true);
            }

            var spread = s_spreadOfEach * Volatile.Read(ref _waiting);
            await DelayAsync(spread < s_longestSpread ? spread : s_longestSpread, 0, cancellationToken).ConfigureAwait(false);
            return new Turn(this, holds: false);
        }
        finally
        {
            Interlocked.Decrement(ref _waiting);
        }
    }

    /// <returns>True: it holds the turn, and the interval is over. False: there is a leader.</returns>
    private async Task<bool> IsNextAsync(Task leader, CancellationToken cancellationToken)
    {
        using var over = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var turn = _turn.WaitAsync(over.Token);
        await Task.WhenAny(turn, leader).ConfigureAwait(false);
        await over.CancelAsync().ConfigureAwait(false);
        await turn.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (turn.IsCompletedSuccessfully)
        {
            try
            {
                if (!leader.IsCompleted)
                {
                    await DelayAsync(interval, 0.5, cancellationToken).ConfigureAwait(false);
                    return true;
                }
            }
            catch (OperationCanceledException)
            {
                _turn.Release();
                throw;
            }

            _turn.Release();
        }

        cancellationToken.ThrowIfCancellationRequested();
        return false;
    }

    private Task DelayAsync(TimeSpan longest, double least, CancellationToken cancellationToken) =>
        Task.Delay(longest * (least + ((1 - least) * Random.Shared.NextDouble())), time, cancellationToken);

    private void Release() => _turn.Release();

    private void LetGo()
    {
        TaskCompletionSource leader;
        lock (_lock)
        {
            (leader, _leader) = (_leader, New());
        }

        leader.SetResult();
    }

    private static TaskCompletionSource New() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>One watch asks.</summary>
    internal sealed class Turn(LeaderlessTurns all, bool holds) : IDisposable
    {
        private bool _ended;

        /// <summary>The server knows a leader again.</summary>
        public void Succeed()
        {
            if (!_ended && holds)
            {
                all.LetGo();
            }

            Dispose();
        }

        /// <summary>It is the next one's turn.</summary>
        public void Dispose()
        {
            if (!_ended && holds)
            {
                all.Release();
            }

            _ended = true;
        }
    }
}
