using Rollcall.Agent.Store.Sessions;
using Rollcall.Agent.Store.Watching;

namespace Rollcall.Agent.Store;

/// <summary>
/// The state of one agent. Commands apply one at a time, in order, each to the root that the one before left; readers take
/// <see cref="Root"/> and neither lock nor wait. Safe for use by many threads.
/// </summary>
public sealed class StateStore
{
    private readonly Lock _writer = new();

    // Used under _writer only.
    private readonly LockDelays _delays;

    // Written under _writer only.
    private volatile StoreRoot _root = StoreRoot.Empty;

    /// <param name="time">The clock of lock delays. Null: the system's.</param>
    public StateStore(TimeProvider? time = null) => _delays = new LockDelays(time ?? TimeProvider.System);

    /// <summary>The newest state.</summary>
    public StoreRoot Root => _root;

    /// <summary>Who waits for what.</summary>
    public WatchHub Watches { get; } = new();

    /// <summary>
    /// Applies a command. When the task completes, the change is visible and its watchers are on their way; a command that changed nothing
    /// consumed no index and woke nobody.
    /// </summary>
    public ValueTask<TResult> ApplyAsync<TResult>(Command<TResult> command)
    {
        ArgumentNullException.ThrowIfNull(command);
        StoreTransaction transaction;
        TResult result;
        lock (_writer)
        {
            var root = _root;
            transaction = new StoreTransaction(root, _delays);
            result = command.Apply(transaction);

            // Publish before waking: a watcher that wakes must find the change.
            var next = transaction.Build();
            if (!root.SameContent(next))
            {
                _root = next;
            }
        }

        Watches.Wake(transaction.Changed);
        return new ValueTask<TResult>(result);
    }
}
