using Microsoft.Extensions.Logging;
using Rollcall.Agent.Store;
using Rollcall.Agent.Store.Commands;

namespace Rollcall.Agent;

/// <summary>
/// Once a minute makes the catalog agree with what is registered on the agent (what Consul calls anti-entropy), and forgets keys that were
/// deleted long ago, and tokens whose time is over.
/// </summary>
internal sealed partial class CatalogSync(StateStore store, TimeProvider time, ILoggerFactory loggers) : IAsyncDisposable
{
    /// <summary>How often the catalog is compared.</summary>
    public static readonly TimeSpan Interval = TimeSpan.FromSeconds(60);

    // Consul brings over an output that changed without a change of status after about five minutes.
    private const int RoundsPerOutput = 5;

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
            var timer = new PeriodicTimer(Interval, time);
            _loop = Task.Run(() => RunAsync(timer));
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync().ConfigureAwait(false);
        await _loop.ConfigureAwait(false);
        _stop.Dispose();
    }

    private async Task RunAsync(PeriodicTimer timer)
    {
        using var owned = timer;
        try
        {
            for (var round = 1; await timer.WaitForNextTickAsync(_stop.Token).ConfigureAwait(false); round++)
            {
                await RoundAsync(round).ConfigureAwait(false);
            }
        }
        catch (OperationCanceledException)
        {
            // Stopped.
        }
    }

    private async Task RoundAsync(int round)
    {
        try
        {
            await store.ApplyAsync(new SyncCatalog(Outputs: round % RoundsPerOutput == 0)).ConfigureAwait(false);
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
#pragma warning disable CA1031 // One failed round must not end the rounds.
        catch (Exception exception)
#pragma warning restore CA1031
        {
            Log.RoundFailed(_logger, exception, Interval);
        }
    }
}
