using Rollcall.Agent.Store.Durability;
using Rollcall.Agent.Store.Sessions;
using Rollcall.Agent.Store.Watching;

namespace Rollcall.Agent.Store;

/// <summary>
/// The state of one agent. Commands apply one at a time, in order, each to the root that the one before left; readers take
/// <see cref="Root"/> and neither lock nor wait. Safe for use by many threads.
/// </summary>
/// <remarks>
/// With a journal, a command that comes while it is idle is written by the thread that brings it, which waits for the disk; those that come meanwhile are
/// written together, by a thread of the pool. A thread that brings commands in turns puts the writing off to the end of its turn, so that all of them are written together. Nobody sees a change that is not written: not in <see cref="Root"/>, and not in the answer to another command.
/// </remarks>
public sealed class StateStore
{
    // Rows that a thread that brings commands writes itself: more than one turn of it brings, less than its others should wait for.
    private const int LargeBatch = 2000;

    private readonly Lock _writer = new();
    private readonly IStoreJournal? _journal;
    private readonly Func<ICommandThread?>? _currentThread;
    private readonly Action _writeTurn;

    // Used under _writer only.
    private readonly LockDelays _delays;

    // Written under _writer only.
    private volatile StoreRoot _root;

    // Guarded by _writer. The root that commands apply to: _root and what waits to be written.
    private StoreRoot _ahead;
    private List<PendingCommit> _pending = [];
    private bool _writing;

    /// <param name="time">The clock of lock delays. Null: the system's.</param>
    /// <param name="journal">Keeps what is changed; null: everything is in memory.</param>
    /// <param name="root">What the journal held. Null: nothing.</param>
    /// <param name="currentThread">
    /// Tells which thread it is called on, if that is one that brings commands in turns; null: any other. Whoever waits for a command goes on on such a thread if it
    /// brought the command, and must not block; else on the pool. Null: there are none.
    /// </param>
    public StateStore(TimeProvider? time = null, IStoreJournal? journal = null, StoreRoot? root = null, Func<ICommandThread?>? currentThread = null)
    {
        _currentThread = currentThread;
        _writeTurn = WriteTurn;
        _delays = new LockDelays(time ?? TimeProvider.System);
        _journal = journal;
        _root = _ahead = root ?? StoreRoot.Empty;
    }

    /// <summary>The newest state.</summary>
    public StoreRoot Root => _root;

    /// <summary>Who waits for what.</summary>
    public WatchHub Watches { get; } = new();

    /// <summary>
    /// Applies a command. When the task completes, the change is written and visible, and its watchers are on their way; a command that changed
    /// nothing consumed no index and woke nobody.
    /// </summary>
    /// <exception cref="StoreJournalException">The change could not be written, and was not made.</exception>
    public ValueTask<TResult> ApplyAsync<TResult>(Command<TResult> command)
    {
        ArgumentNullException.ThrowIfNull(command);
        return _journal is null || command.OnlyReads ? new ValueTask<TResult>(Apply(command)) : EnqueueAsync(command);
    }

    private TResult Apply<TResult>(Command<TResult> command)
    {
        if (command.ChangesNothing(_root, out var result))
        {
            return result;
        }

        StoreTransaction transaction;
        lock (_writer)
        {
            transaction = new StoreTransaction(_root, _delays);
            result = command.Apply(transaction);

            // Publish before waking: a watcher that wakes must find the change.
            var next = transaction.Build();
            if (!_root.SameContent(next))
            {
                _root = next;
            }
        }

        Watches.Wake(transaction.Changed);
        return result;
    }

    private ValueTask<TResult> EnqueueAsync<TResult>(Command<TResult> command)
    {
        PendingCommit<TResult> pending;
        var thread = _currentThread?.Invoke();
        lock (_writer)
        {
            if (!_writing && command.ChangesNothing(_ahead, out var known))
            {
                return new ValueTask<TResult>(known);
            }

            var transaction = new StoreTransaction(_ahead, _delays);
            var result = command.Apply(transaction);
            var next = transaction.Build();
            if (_ahead.SameContent(next))
            {
                if (!_writing)
                {
                    return new ValueTask<TResult>(result);
                }

                // What it says may rest on a change that waits to be written, so it waits with it.
                pending = new PendingCommit<TResult>(result, null, transaction, thread);
            }
            else
            {
                _ahead = next;
                pending = new PendingCommit<TResult>(result, next, transaction, thread);
            }

            _pending.Add(pending);
            if (_writing)
            {
                return new ValueTask<TResult>(pending.Task);
            }

            _writing = true;
        }

        if (thread is null)
        {
            WriteTurn();
        }
        else
        {
            thread.PutOff(_writeTurn);
        }

        return new ValueTask<TResult>(pending.Task);
    }

    // On this thread: waking another one can take as long as the disk. Others' commands must not keep this one's answer, so they go to the next turn, or to the pool.
    private void WriteTurn()
    {
        var thread = _currentThread?.Invoke();
        var batch = TakePending();
        if (thread is not null && batch.Sum(static pending => pending.RowCount) > LargeBatch)
        {
            // Brought by somebody else, as a restore: it would keep all that this thread serves waiting.
            ThreadPool.UnsafeQueueUserWorkItem(static all => all.Store.WritePending(all.Batch), (Store: this, Batch: batch), preferLocal: false);
            return;
        }

        if (!WriteBatch(batch))
        {
            return;
        }

        if (thread is not null)
        {
            thread.PutOff(_writeTurn);
        }
        else
        {
            ThreadPool.UnsafeQueueUserWorkItem(static store => store.WritePending(store.TakePending()), this, preferLocal: false);
        }
    }

    private void WritePending(List<PendingCommit> batch)
    {
        while (WriteBatch(batch))
        {
            batch = TakePending();
        }
    }

    /// <summary>All that waits. Only for the one that set <see cref="_writing"/>.</summary>
    private List<PendingCommit> TakePending()
    {
        lock (_writer)
        {
            (var batch, _pending) = (_pending, []);
            return batch;
        }
    }

    /// <summary>Writes what was taken.</summary>
    /// <returns>Whether more came meanwhile; if not, nobody writes any more.</returns>
    private bool WriteBatch(List<PendingCommit> batch)
    {
        try
        {
            var commits = new List<StoreCommit>(batch.Count);
            foreach (var pending in batch)
            {
                if (pending.Commit is { } commit)
                {
                    commits.Add(commit);
                }
            }

            if (commits.Count > 0)
            {
                _journal!.Write(commits);
            }
        }
#pragma warning disable CA1031 // Whatever it is, those who wait have to hear of it.
        catch (Exception exception)
#pragma warning restore CA1031
        {
            Fail(batch, exception);
            return HasMore();
        }

        Publish(batch);
        return HasMore();
    }

    private bool HasMore()
    {
        lock (_writer)
        {
            _writing = _pending.Count > 0;
            return _writing;
        }
    }

    private void Publish(List<PendingCommit> batch)
    {
        lock (_writer)
        {
            _root = batch.FindLast(static pending => pending.Root is not null)?.Root ?? _root;
        }

        foreach (var pending in batch)
        {
            Watches.Wake(pending.Changed);
            pending.Complete();
        }
    }

    // What came meanwhile was applied to a root that will never be, so it fails with the batch.
    private void Fail(List<PendingCommit> batch, Exception exception)
    {
        lock (_writer)
        {
            batch.AddRange(_pending);
            _pending = [];
            _ahead = _root;
            foreach (var (key, _) in batch.SelectMany(static pending => pending.Delayed))
            {
                _delays.TakeBack(key);
            }
        }

        foreach (var pending in batch)
        {
            pending.Fail(exception as StoreJournalException ?? new StoreJournalException($"The change could not be kept: {exception.Message}", exception));
        }
    }
}
