using Microsoft.Extensions.Logging;

namespace Rollcall.TestKit;

/// <summary>Hands every message to its <see cref="LogCollector"/>.</summary>
internal sealed class CollectingLogger(LogCollector collector, string category) : ILogger
{
    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => logLevel != LogLevel.None;

    public void Log<TState>(
        LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
        collector.Add(new LogEntry(logLevel, category, eventId, formatter(state, exception), exception));
}
