using Microsoft.Extensions.Logging;

namespace Rollcall.TestKit;

/// <summary>One message that code under test logged.</summary>
/// <param name="Level">Its level.</param>
/// <param name="Category">The logger's name.</param>
/// <param name="EventId">Id and name of the message.</param>
/// <param name="Message">The formatted text.</param>
/// <param name="Exception">What was logged with it.</param>
public sealed record LogEntry(LogLevel Level, string Category, EventId EventId, string Message, Exception? Exception)
{
    /// <inheritdoc/>
    public override string ToString() => $"{Level} {Category}[{EventId.Id}] {Message}{(Exception is null ? "" : $"\n{Exception}")}";
}
