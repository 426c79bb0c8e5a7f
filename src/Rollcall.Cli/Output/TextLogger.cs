using System.Globalization;
using Microsoft.Extensions.Logging;

namespace Rollcall.Cli.Output;

/// <summary>One category's lines. Safe for use by many threads.</summary>
internal sealed class TextLogger(TextLoggerProvider provider, string category) : ILogger
{
    private readonly string _category = category[(category.LastIndexOf('.') + 1)..];

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => logLevel >= provider.Level && logLevel is not LogLevel.None;

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        var cause = exception is null ? "" : $" {exception.GetType().Name}: {exception.Message}";
        provider.Write(PeerText.OneLine(string.Create(
            CultureInfo.InvariantCulture,
            $"    {provider.Time.GetLocalNow():yyyy-MM-ddTHH:mm:ss.fffzzz} {Name(logLevel)} {_category}: {formatter(state, exception)}{cause}")));
    }

    private static string Name(LogLevel level) => level switch
    {
        LogLevel.Trace => "[TRACE]",
        LogLevel.Debug => "[DEBUG]",
        LogLevel.Information => "[INFO] ",
        LogLevel.Warning => "[WARN] ",
        _ => "[ERROR]",
    };
}
