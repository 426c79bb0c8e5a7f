using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net.Sockets;
using System.Runtime.Versioning;
using Microsoft.Extensions.Logging;

namespace Rollcall.Agent.Http.Listening;

/// <summary>
/// A thread that waits for the news of many connections and answers on the spot: one call of the system to receive, one to send, and none to wake anybody.
/// In turns: all that has news, then what was put off to the end of the turn.
/// </summary>
[SupportedOSPlatform("linux")]
internal sealed partial class SocketLoop : IAsyncDisposable
{
    // What takes longer, as writing to a slow disk may, is not for a thread that others wait for.
    private static readonly TimeSpan s_long = TimeSpan.FromMilliseconds(1);

    [ThreadStatic]
    private static SocketLoop? s_current;

    private readonly Epoll _epoll = new();
    private readonly ConcurrentDictionary<ulong, SocketConnection> _connections = [];
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly ILogger _logger;
    private volatile bool _stopped;
    private volatile bool _isLong;
    private ulong _lastKey;

    // Of the loop's thread.
    private List<Action> _later = [];
    private List<Action> _now = [];

    public SocketLoop(ILogger logger)
    {
        _logger = logger;
        new Thread(Run) { IsBackground = true, Name = "Rollcall HTTP" }.UnsafeStart();
    }

    /// <summary>Puts something off until the loop whose thread this is has done its turn, so that what the turn brings is done together.</summary>
    /// <returns>False: it is no loop's thread, and nothing was put off.</returns>
    public static bool TryPutOff(Action action)
    {
        s_current?._later.Add(action);
        return s_current is not null;
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
                var count = _epoll.Wait(block: _later.Count == 0);
                for (var i = 0; i < count; i++)
                {
                    var (key, news) = _epoll.Read(i);
                    if (_connections.TryGetValue(key, out var connection))
                    {
                        Tell(connection, news);
                    }
                }

                RunLater();
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
            if (_isLong)
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

    private void Measure(Action action)
    {
        var started = Stopwatch.GetTimestamp();
        action();
        _isLong = Stopwatch.GetElapsedTime(started) > s_long;
    }
}
