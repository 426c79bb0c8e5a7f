using System.Collections.Immutable;
using Microsoft.Extensions.Logging;

namespace Rollcall.TestKit;

/// <summary>
/// Keeps what is logged, and fails the test at <see cref="Dispose"/> when something was logged as Error or Critical that the test
/// did not expect. Usable as provider and as factory. Thread safe.
/// </summary>
/// <remarks>
/// Dispose it from the test class's <c>Dispose</c>: then xunit reports a failed assertion and the errors side by side. A
/// <c>using</c> in the test method shows only the errors.
/// </remarks>
public sealed class LogCollector : ILoggerProvider, ILoggerFactory
{
    private ImmutableList<LogEntry> _entries = [];
    private ImmutableList<Predicate<LogEntry>> _expected = [];

    /// <summary>Everything logged so far, oldest first.</summary>
    public IReadOnlyList<LogEntry> Entries => Volatile.Read(ref _entries);

    /// <summary>Errors logged so far that no <see cref="Expect"/> covers.</summary>
    public IReadOnlyList<LogEntry> UnexpectedErrors =>
        [.. Entries.Where(e => e.Level >= LogLevel.Error && !Volatile.Read(ref _expected).Exists(match => match(e)))];

    /// <summary>Says which errors belong to the test.</summary>
    public void Expect(Predicate<LogEntry> match) => ImmutableInterlocked.Update(ref _expected, static (list, m) => list.Add(m), match);

    /// <summary>Fails when there is an unexpected error.</summary>
    public void AssertNoErrors()
    {
        if (UnexpectedErrors is { Count: > 0 } errors)
        {
            throw new Xunit.Sdk.XunitException(
                $"Logged {errors.Count} unexpected error(s); a test that provokes one says so with Expect.\n{string.Join('\n', errors)}");
        }
    }

    /// <inheritdoc cref="ILoggerFactory.CreateLogger"/>
    public ILogger CreateLogger(string categoryName) => new CollectingLogger(this, categoryName);

    /// <summary>Not supported: the collector keeps everything itself.</summary>
    public void AddProvider(ILoggerProvider provider) =>
        throw new NotSupportedException("Add the LogCollector to a LoggerFactory instead.");

    /// <summary>Calls <see cref="AssertNoErrors"/>.</summary>
    public void Dispose() => AssertNoErrors();

    internal void Add(LogEntry entry) => ImmutableInterlocked.Update(ref _entries, static (list, e) => list.Add(e), entry);
}
