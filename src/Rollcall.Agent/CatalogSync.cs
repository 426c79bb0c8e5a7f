using Microsoft.Extensions.Logging;
using Rollcall.Agent.Store;
using Rollcall.Agent.Store.Commands;

namespace Rollcall.Agent;

/// <summary>
/// Once a minute makes the catalog agree with what is registered on the agent (what Consul calls anti-entropy), and forgets keys that were
/// deleted long ago, and tokens whose time is over. Outputs of checks that changed without a change of status have a rhythm of their own.
/// </summary>
/// <param name="store">What is synced.</param>
/// <param name="outputInterval">How often outputs are brought over; zero: the store gets them with the results.</param>
/// <param name="time">The clock.</param>
/// <param name="loggers">Where it logs to.</param>
internal sealed partial class CatalogSync(StateStore store, TimeSpan outputInterval, TimeProvider time, ILoggerFactory loggers) : IAsyncDisposable
{
    /// <summary>How often the catalog is compared.</summary>
    public static readonly TimeSpan Interval = TimeSpan.FromSeconds(60);

    // More often it would do little else, and timers take no more than 49 days at once.
    private static readonly (TimeSpan Shortest, TimeSpan Longest) s_outputIntervals = (TimeSpan.FromMilliseconds(100), TimeSpan.FromDays(49));

    // Consul's lifetime of tombstones.
    private const int RoundsPerTombstone = 15;

    private readonly ILogger _logger = loggers.CreateLogger<CatalogSync>();
    private readonly CancellationTokenSource _stop = new();

    // The index at each of the last rounds, oldest first.
    private readonly Queue<ulong> _indexes = new();
    private Task _loop = Task.CompletedTask;

    public void Start()
    {
        using (ExecutionContext.SuppressFlow())
        {
            var rounds = RunAsync(Interval, RoundAsync);
            _loop = outputInterval <= TimeSpan.Zero
                ? rounds
                : Task.WhenAll(rounds, RunAsync(new TimeSpan(Math.Clamp(outputInterval.Ticks, s_outputIntervals.Shortest.Ticks, s_outputIntervals.Longest.Ticks)), OutputsAsync));
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync().ConfigureAwait(false);
        await _loop.ConfigureAwait(false);
        _stop.Dispose();
    }

    private Task RunAsync(TimeSpan interval, Func<Task> round)
    {
        // It waits from now on, not from when a thread is free.
        var timer = new PeriodicTimer(interval, time);
        return Task.Run(async () =>
        {
            using var owned = timer;
            try
            {
                while (await timer.WaitForNextTickAsync(_stop.Token).ConfigureAwait(false))
                {
                    await TryAsync(interval, round).ConfigureAwait(false);
                }
            }
            catch (OperationCanceledException)
            {
                // Stopped.
            }
        });
    }

    private async Task TryAsync(TimeSpan interval, Func<Task> round)
    {
        try
        {
            await round().ConfigureAwait(false);
        }
#pragma warning disable CA1031 // One failed round must not end the rounds.
        catch (Exception exception)
#pragma warning restore CA1031
        {
            Log.RoundFailed(_logger, exception, interval);
        }
    }

    private Task OutputsAsync() => store.ApplyAsync(new SyncCatalog(Outputs: true)).AsTask();

    private async Task RoundAsync()
    {
        // Outputs that the store gets with the results have no loop of their own, and what others wrote over them has to be put right, too.
        await store.ApplyAsync(new SyncCatalog(Outputs: outputInterval <= TimeSpan.Zero)).ConfigureAwait(false);
        var now = time.GetUtcNow();
        if (store.Root.Acl.Tokens.Rows.Values.Any(token => token.IsExpired(now)))
        {
            await store.ApplyAsync(new ReapAclTokens(now)).ConfigureAwait(false);
        }

        _indexes.Enqueue(store.Root.Index);
        if (_indexes.Count > RoundsPerTombstone && store.Root.Kv.TombstoneCount > 0)
        {
            await store.ApplyAsync(new KvReapTombstones(_indexes.Peek())).ConfigureAwait(false);
        }

        if (_indexes.Count > RoundsPerTombstone)
        {
            _indexes.Dequeue();
        }
    }
}
