using System.Collections.Immutable;
using Microsoft.Extensions.Logging;

namespace Rollcall.Agent.Logs;

/// <summary>
/// Passes what the agent logs to its own loggers and, line by line, to whoever listens at the moment. Safe for use by many threads. Disposing it leaves the
/// inner factory alone.
/// </summary>
internal sealed class LogTap(ILoggerFactory inner, TimeProvider time) : ILoggerFactory
{
    private ImmutableArray<LogListener> _listeners = [];
    private volatile bool _closed;

    public ILogger CreateLogger(string categoryName) => new TappedLogger(this, categoryName, inner.CreateLogger(categoryName));

    private DateTimeOffset Now => time.GetUtcNow();

    public void AddProvider(ILoggerProvider provider) => inner.AddProvider(provider);

    /// <summary>Begins to listen; disposing the listener ends it.</summary>
    public LogListener Listen(LogLevel level)
    {
        var listener = new LogListener(level, Remove);
        ImmutableInterlocked.Update(ref _listeners, static (all, one) => all.Add(one), listener);
        if (_closed)
        {
            listener.Complete();
        }

        return listener;
    }

    /// <summary>Ends all listening, now and later.</summary>
    public void Close()
    {
        _closed = true;
        foreach (var listener in _listeners)
        {
            listener.Complete();
        }
    }

    public void Dispose()
    {
    }

    private void Remove(LogListener listener) => ImmutableInterlocked.Update(ref _listeners, static (all, one) => all.Remove(one), listener);

    private sealed class TappedLogger(LogTap tap, string category, ILogger inner) : ILogger
    {
        // Consul names the part of the agent that speaks.
        private readonly string _module = category.StartsWith("Microsoft.", StringComparison.Ordinal) || category.StartsWith("Rollcall.Agent.Http.", StringComparison.Ordinal) ? "agent.http" : "agent";

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => inner.BeginScope(state);

        public bool IsEnabled(LogLevel logLevel)
        {
            if (inner.IsEnabled(logLevel))
            {
                return true;
            }

            foreach (var listener in tap._listeners)
            {
                if (logLevel >= listener.Level)
                {
                    return true;
                }
            }

            return false;
        }

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            // Ids, names and messages of faults have text of clients in them.
            string Line(TState said, Exception? fault) => LogText.OneLine(formatter(said, fault));
            if (inner.IsEnabled(logLevel))
            {
                inner.Log(logLevel, eventId, state, exception, Line);
            }

            foreach (var listener in tap._listeners)
            {
                if (logLevel >= listener.Level)
                {
                    listener.Add(new LogLine(tap.Now, logLevel, _module, LogText.OneLine(exception is null ? formatter(state, null) : $"{formatter(state, exception)}: {exception.Message}")));
                }
            }
        }
    }
}
