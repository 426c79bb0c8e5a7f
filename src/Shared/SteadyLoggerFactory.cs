using System.Diagnostics.CodeAnalysis;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace Rollcall.Logs;

/// <summary>
/// Passes on what is logged, and swallows what the loggers of whoever runs it throw: a disk that is full, or a provider with a fault, must cost lines of a
/// log and nothing else. What logs is in the middle of something that has to be brought to its end: a loop that is to go on, a check's result that is to be
/// kept, a call's status that is to be sent. Compiled into each project that logs. Disposing it leaves the inner factory alone.
/// </summary>
/// <param name="inner">Null: no log.</param>
internal sealed class SteadyLoggerFactory(ILoggerFactory? inner) : ILoggerFactory
{
    private readonly ILoggerFactory _inner = inner ?? NullLoggerFactory.Instance;

    // Throws, if it does, where things start: nothing is under way yet, and there is somebody to tell.
    public ILogger CreateLogger(string categoryName) => new SteadyLogger(_inner.CreateLogger(categoryName));

    public void AddProvider(ILoggerProvider provider) => _inner.AddProvider(provider);

    public void Dispose()
    {
    }

    [SuppressMessage("Design", "CA1031:Do not catch general exception types", Justification = "Providers are anybody's, and there is nowhere to tell of it: the log is what fails.")]
    private sealed class SteadyLogger(ILogger inner) : ILogger
    {
        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull
        {
            try
            {
                return inner.BeginScope(state);
            }
            catch (Exception)
            {
                return null;
            }
        }

        public bool IsEnabled(LogLevel logLevel)
        {
            try
            {
                return inner.IsEnabled(logLevel);
            }
            catch (Exception)
            {
                return false;
            }
        }

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            try
            {
                inner.Log(logLevel, eventId, state, exception, formatter);
            }
            catch (Exception)
            {
                // The line is lost, to this logger; LoggerFactory has given it to its other providers.
            }
        }
    }
}
