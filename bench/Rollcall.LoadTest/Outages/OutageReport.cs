namespace Rollcall.LoadTest.Outages;

/// <summary>What an outage did.</summary>
/// <param name="Calls">Calls that ended, from before the outage until after it.</param>
/// <param name="Failed">How many of them failed.</param>
/// <param name="DownSeconds">How long there was no agent.</param>
/// <param name="ReregisteredMs">From the return of the empty agent until every instance was registered again.</param>
/// <param name="FirstFailure">What the first failed call said; null: none failed.</param>
internal sealed record OutageReport(long Calls, long Failed, double DownSeconds, double ReregisteredMs, string? FirstFailure);
