using Microsoft.Extensions.Logging;

namespace Rollcall.TestKit;

/// <summary>A provider whose file has no room for a line, until it is said to have some. Thread-safe.</summary>
public sealed class FullDisk : ILoggerProvider, ILogger
{
    private const int NoSpace = 28; // ENOSPC

    private int _refused;
    private volatile bool _hasRoom;

    /// <summary>Whether lines can be written. Default no.</summary>
    public bool HasRoom { get => _hasRoom; set => _hasRoom = value; }

    /// <summary>How many lines could not be written.</summary>
    public int Refused => Volatile.Read(ref _refused);

    /// <inheritdoc/>
    public ILogger CreateLogger(string categoryName) => this;

    /// <inheritdoc/>
    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    /// <inheritdoc/>
    public bool IsEnabled(LogLevel logLevel) => true;

    /// <inheritdoc/>
    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        if (!_hasRoom)
        {
            Interlocked.Increment(ref _refused);
            throw new IOException("No space left on device", NoSpace);
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
    }
}
