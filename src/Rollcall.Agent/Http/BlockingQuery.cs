using Rollcall.Agent.Overload;
using Rollcall.Agent.Store;
using Rollcall.Agent.Store.Watching;
using Rollcall.Consul.Wire;

namespace Rollcall.Agent.Http;

/// <summary>Waits until what a query asks for is newer than what the client has.</summary>
internal sealed class BlockingQuery(StateStore store, AgentLoad load, TimeProvider time, Random random)
{
    private int _blocked;

    /// <summary>How long one waits that does not say.</summary>
    public TimeSpan DefaultWait { get; init; } = BlockingIndex.DefaultWait;

    /// <summary>How long one waits at most, without jitter.</summary>
    public TimeSpan MaxWait { get; init; } = BlockingIndex.MaxWait;

    /// <summary>Queries that wait at this moment.</summary>
    public int Blocked => Volatile.Read(ref _blocked);

    /// <summary>
    /// The state to answer from: at once if the client has none or an older one; otherwise when the topic changed, the wait is over, or the
    /// agent stops. Throws <see cref="OperationCanceledException"/> when the client hung up. What the request demanded before is demanded again at the end of a wait.
    /// </summary>
    /// <param name="options">What the client sent.</param>
    /// <param name="topic">What wakes it.</param>
    /// <param name="index">The index of what it asks for, in a given state.</param>
    /// <param name="name">Passed to <paramref name="index"/>.</param>
    /// <param name="request">Says who waits, and when the client hung up.</param>
    /// <exception cref="AgentOverloadedException">It would have to wait, and too many do.</exception>
    /// <exception cref="Acl.AclDeniedException">What was allowed before it waited no longer is.</exception>
    public ValueTask<StoreRoot> WaitAsync(
        in QueryOptions options,
        Topic topic,
        Func<StoreRoot, string, ulong> index,
        string name,
        AgentRequest request)
    {
        var root = store.Root;
        return options.MinIndex == 0 || index(root, name) > options.MinIndex
            ? new ValueTask<StoreRoot>(root)
            : BlockAsync(root.Epoch, options.MinIndex, options.Wait, topic, index, name, request);
    }

    private async ValueTask<StoreRoot> BlockAsync(
        int epoch,
        ulong minIndex,
        TimeSpan wait,
        Topic topic,
        Func<StoreRoot, string, ulong> index,
        string name,
        AgentRequest request)
    {
        var (client, aborted) = (request.Client, request.Aborted);
        wait = wait == TimeSpan.Zero ? DefaultWait : wait > MaxWait ? MaxWait : wait;

        // Spread, so that clients which started together do not come back together.
        wait += random.NextDouble() * (wait / 16);
        var started = time.GetTimestamp();
        var counted = false;
        try
        {
            while (true)
            {
                // Subscribe, then look: a change between the two completes the watch. The index of a service that does not exist moves when any
                // other one vanishes.
                using var watch = store.Watches.Subscribe(topic);
                using var extinction = topic.Kind == TopicKind.Service && !store.Root.Catalog.Services.ContainsKey(topic.Name)
                    ? store.Watches.Subscribe(Topic.Extinction)
                    : null;
                var root = store.Root;
                var left = wait - time.GetElapsedTime(started);
                if (root.Epoch != epoch || index(root, name) > minIndex || left <= TimeSpan.Zero || store.Watches.IsClosed)
                {
                    request.DemandAgain();
                    return root;
                }

                if (!counted)
                {
                    load.BeginWait(client);
                    counted = true;
                }

                var wake = extinction is null ? watch.Changed.WaitAsync(left, time, aborted) : EitherAsync(watch, extinction, left, aborted);
                Interlocked.Increment(ref _blocked);
                try
                {
                    await wake.ConfigureAwait(false);
                }
                catch (TimeoutException)
                {
                    request.DemandAgain();
                    return store.Root;
                }
                finally
                {
                    Interlocked.Decrement(ref _blocked);
                }
            }
        }
        finally
        {
            if (counted)
            {
                load.EndWait(client);
            }
        }
    }

    // Watches are shared and may live on after this query, so it must leave nothing behind in the one that did not end it: Task.WhenAny
    // alone would stay attached to both for as long as others wait.
    private async Task EitherAsync(Watch one, Watch other, TimeSpan left, CancellationToken aborted)
    {
        using var done = CancellationTokenSource.CreateLinkedTokenSource(aborted);
        var first = await Task.WhenAny(
            one.Changed.WaitAsync(left, time, done.Token),
            other.Changed.WaitAsync(done.Token)).ConfigureAwait(false);
        await done.CancelAsync().ConfigureAwait(false);
        await first.ConfigureAwait(false);
    }
}
