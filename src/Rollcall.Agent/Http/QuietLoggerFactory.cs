using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Rollcall.Agent.Overload;

namespace Rollcall.Agent.Http;

/// <summary>
/// What Kestrel gets to log with: nothing below Information. Its debug messages repeat request targets, and a target may carry a token.
/// Disposing it leaves the inner factory alone.
/// </summary>
/// <param name="inner">Where it logs to.</param>
/// <param name="load">Counts clients that Kestrel refuses by itself, which it tells nobody else; null: nobody counts.</param>
internal sealed class QuietLoggerFactory(ILoggerFactory inner, AgentLoad? load = null) : ILoggerFactory
{
    private const string Refusals = "Microsoft.AspNetCore.Server.Kestrel.BadRequests";

    public ILogger CreateLogger(string categoryName) => new QuietLogger(inner.CreateLogger(categoryName), categoryName == Refusals ? load : null);

    public void AddProvider(ILoggerProvider provider) => inner.AddProvider(provider);

    public void Dispose()
    {
    }

    private sealed class QuietLogger(ILogger inner, AgentLoad? load) : ILogger
    {
        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => inner.BeginScope(state);

        public bool IsEnabled(LogLevel logLevel) => load is not null || IsTold(logLevel);

        public void Log<TState>(
            LogLevel logLevel,
            EventId eventId,
            TState state,
            Exception? exception,
            Func<TState, Exception?, string> formatter)
        {
            if (load is not null && ReasonOf(eventId, exception) is { } reason)
            {
                load.CountClient(reason);
            }

            if (IsTold(logLevel))
            {
                inner.Log(logLevel, eventId, state, exception, formatter);
            }
        }

        private static RefusalReason? ReasonOf(EventId eventId, Exception? exception) => eventId.Name switch
        {
            // A body that is too slow has an event of its own, and then ends as 408, too.
            "ResponseMinimumDataRateNotSatisfied" => RefusalReason.SlowClient,
            _ => (exception as BadHttpRequestException)?.StatusCode switch
            {
                StatusCodes.Status408RequestTimeout => RefusalReason.SlowClient,
                StatusCodes.Status414UriTooLong or StatusCodes.Status431RequestHeaderFieldsTooLarge => RefusalReason.Head,
                _ => null,
            },
        };

        private bool IsTold(LogLevel logLevel) => logLevel >= LogLevel.Information && inner.IsEnabled(logLevel);
    }
}
