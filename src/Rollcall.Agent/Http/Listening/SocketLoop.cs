using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net.Sockets;
using System.Numerics;
using System.Runtime.Versioning;
using Microsoft.Extensions.Logging;
using Rollcall.Agent.Store.Durability;

namespace Rollcall.Agent.Http.Listening;

/// <summary>
/// A thread that waits for the news of many connections and answers on the spot: one call of the system to receive, one to send, and none to wake anybody.
/// In turns: all that has news, then what was put off to the end of the turn, then what goes on from turn to turn, and those whose writes are done.
/// </summary>
[SupportedOSPlatform("linux")]
internal sealed partial class SocketLoop : ICommandThread, IAsyncDisposable
{
    // So many of the last eight, not the last one: on a busy machine one now and then waits for a processor, and to wake the pool for the next, and this thread for its
    // answers, costs more than it.
    private const int ManyOfEight = 4;

    [ThreadStatic]
    private static SocketLoop? s_current;

    private readonly Epoll _epoll = new();
    private readonly ConcurrentDictionary<ulong, SocketConnection> _connections = [];
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly ILogger _logger;
    private volatile bool _stopped;
    private volatile uint _longOnes;
    private ulong _lastKey;

    // From any thread, for the loop's own.
    private readonly ConcurrentQueue<Action> _posted = [];

    // 1: the loop has been woken for it, and has not looked yet.
    private volatile int _woken;

    // Of the loop's thread.
    private List<Action> _later = [];
    private List<Action> _now = [];

    public SocketLoop(ILogger logger)
    {
        _logger = logger;
        new Thread(Run) { IsBackground = true, Name = "Rollcall HTTP" }.UnsafeStart();
    }

    /// <summary>The loop whose thread this is; null: it is no loop's.</summary>
    public static SocketLoop? Current() => s_current;

    /// <summary>Puts something off until the loop has done its turn, so that what the turn brings is done together. On its thread only.</summary>
    public void PutOff(Action action) => _later.Add(action);

    /// <summary>Runs something on the loop's thread in its turn. From any thread; when the loop has ended, on the pool.</summary>
    public void Post(Action action)
    {
        _posted.Enqueue(action);
        if (s_current != this && Interlocked.Exchange(ref _woken, 1) == 0)
        {
            try
            {
                _epoll.Wake();
            }
            catch (ObjectDisposedException)
            {
                // It has ended.
            }
        }

        if (_ended.Task.IsCompleted)
        {
            GiveToPool();
        }
    }

    /// <summary>Takes on a connection, until it is closed.</summary>
    public void Add(SocketConnection connection)
    {
        connection.Key = Interlocked.Increment(ref _lastKey);
        _connections[connection.Key] = connection;
        try
        {
            _epoll.Watch(connection.Socket.SafeHandle, connection.Key);
        }
        catch
        {
            Remove(connection);
            throw;
        }
    }

    public void Remove(SocketConnection connection) => _connections.TryRemove(connection.Key, out _);

    /// <summary>Ends the thread. Its connections have to be closed by then.</summary>
    public async ValueTask DisposeAsync()
    {
        _stopped = true;
        _epoll.Wake();
        await _ended.Task.ConfigureAwait(false);
        _epoll.Dispose();
    }

    private void Run()
    {
        s_current = this;
        while (!_stopped)
        {
            try
            {
                var count = _epoll.Wait(block: _later.Count == 0 && _posted.IsEmpty);
                if (_woken != 0)
                {
                    // With a barrier: who posts from now on wakes it, and what was posted before is found below.
                    Interlocked.Exchange(ref _woken, 0);
                }

                for (var i = 0; i < count; i++)
                {
                    var (key, news) = _epoll.Read(i);
                    if (_connections.TryGetValue(key, out var connection))
                    {
                        Tell(connection, news);
                    }
                }

                RunLater();
                RunPosted();
            }
#pragma warning disable CA1031 // The edge of the server: whatever failed, the next turn comes.
            catch (Exception exception)
#pragma warning restore CA1031
            {
                Log.ConnectionFailed(_logger, exception);
            }
        }

        while (_later.Count > 0)
        {
            RunLater();
        }

        _ended.SetResult();
        GiveToPool();
    }

    private void Tell(SocketConnection connection, uint news)
    {
        try
        {
            connection.Tell(news);
        }
#pragma warning disable CA1031 // Of one connection; the others have to be told, too.
        catch (Exception exception)
#pragma warning restore CA1031
        {
            Log.ConnectionFailed(_logger, exception);
        }
    }

    private void RunLater()
    {
        if (_later.Count == 0)
        {
            return;
        }

        (_now, _later) = (_later, _now);
        foreach (var action in _now)
        {
            if (BitOperations.PopCount(_longOnes) >= ManyOfEight)
            {
                ThreadPool.UnsafeQueueUserWorkItem(Measure, action, preferLocal: false);
            }
            else
            {
                Measure(action);
            }
        }

        _now.Clear();
    }

    // What is posted meanwhile waits for the next turn, so that nobody keeps the others from theirs.
    private void RunPosted()
    {
        for (var left = _posted.Count; left > 0 && _posted.TryDequeue(out var action); left--)
        {
            try
            {
                action();
            }
#pragma warning disable CA1031 // The same as in Tell.
            catch (Exception exception)
#pragma warning restore CA1031
            {
                Log.ConnectionFailed(_logger, exception);
            }
        }
    }

    private void GiveToPool()
    {
        while (_posted.TryDequeue(out var action))
        {
            ThreadPool.UnsafeQueueUserWorkItem(static action => action(), action, preferLocal: false);
        }
    }

    private void Measure(Action action)
    {
        var started = Stopwatch.GetTimestamp();
        action();
        var took = Stopwatch.GetElapsedTime(started);
        _longOnes = took > ThreadClock.Stalled ? byte.MaxValue : (byte)((_longOnes << 1) | (took > ThreadClock.Long ? 1u : 0));
    }
}
