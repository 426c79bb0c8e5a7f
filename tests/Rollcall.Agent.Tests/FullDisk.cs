using Microsoft.Extensions.Logging;

namespace Rollcall.Agent.Tests;

/// <summary>A provider whose file has no room for a line.</summary>
internal sealed class FullDisk : ILoggerProvider, ILogger
{
    private const int NoSpace = 28; // ENOSPC

    public ILogger CreateLogger(string categoryName) => this;

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => true;

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
        throw new IOException("No space left on device", NoSpace);

    public void Dispose()
    {
    }
}
