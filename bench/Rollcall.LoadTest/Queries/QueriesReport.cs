namespace Rollcall.LoadTest.Queries;

/// <summary>What one phase did.</summary>
/// <param name="Calls">Calls that were made by name.</param>
/// <param name="Changes">How often the list changed meanwhile.</param>
/// <param name="Queries">Requests that the agent answered to all callers together.</param>
/// <param name="Seconds">How long it took.</param>
internal sealed record QueriesReport(long Calls, int Changes, long Queries, double Seconds);
