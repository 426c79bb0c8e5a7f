using Rollcall.Agent.Store.Durability;

namespace Rollcall.Agent.Store.Tests.Durability;

/// <summary>A thread that brings commands in turns, played by the test's: what it puts off it does when the test says so.</summary>
internal sealed class TurnThread : ICommandThread
{
    private readonly Lock _lock = new();
    private readonly Queue<Action> _later = new();

    // Guarded by _lock: from any thread.
    private readonly Queue<Action> _posted = new();

    // Which one is in its turn; 0: none.
    private volatile int _thread;

    /// <summary>Whether the caller runs in its turn.</summary>
    public bool IsCurrent => _thread == Environment.CurrentManagedThreadId;

    public bool HasPosted
    {
        get
        {
            lock (_lock)
            {
                return _posted.Count > 0;
            }
        }
    }

    public void PutOff(Action action) => _later.Enqueue(action);

    public void Post(Action action)
    {
        lock (_lock)
        {
            _posted.Enqueue(action);
        }
    }

    /// <summary>Does something in its turn.</summary>
    public void Run(Action action)
    {
        _thread = Environment.CurrentManagedThreadId;
        try
        {
            action();
        }
        finally
        {
            _thread = 0;
        }
    }

    /// <summary>The end of the turn: what was put off, and what was posted.</summary>
    public void End() => Run(() =>
    {
        for (var left = _later.Count; left > 0; left--)
        {
            _later.Dequeue()();
        }

        Action[] posted;
        lock (_lock)
        {
            posted = [.. _posted];
            _posted.Clear();
        }

        foreach (var action in posted)
        {
            action();
        }
    });
}
