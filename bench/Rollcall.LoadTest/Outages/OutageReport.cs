namespace Rollcall.LoadTest.Outages;

/// <summary>What an outage did.</summary>
/// <param name="Calls">Calls that ended.</param>
/// <param name="Failed">How many of them failed.</param>
/// <param name="DownSeconds">How long the agent was away.</param>
/// <param name="Requests">What the callers asked of the dead address meanwhile, all together.</param>
/// <param name="MostOpen">The most requests to it that were open at once before its return.</param>
/// <param name="OpenAtEnd">Requests that were open at the end: one for the one list.</param>
/// <param name="ReregisteredMs">From the agent's return until all instances were registered again.</param>
/// <param name="ConvergedMs">From the agent's return until the callers' list was fresh, with all instances.</param>
/// <param name="FirstFailure">What the first failed call said; null: none failed.</param>
internal sealed record OutageReport(
    long Calls,
    long Failed,
    double DownSeconds,
    long Requests,
    long MostOpen,
    long OpenAtEnd,
    double ReregisteredMs,
    double ConvergedMs,
    string? FirstFailure);
