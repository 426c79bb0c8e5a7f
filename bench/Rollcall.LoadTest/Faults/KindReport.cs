namespace Rollcall.LoadTest.Faults;

/// <summary>What one fault did to one kind of calls, from two seconds after it on.</summary>
/// <param name="Kind">gRPC, HTTP/2 or HTTP/1.1.</param>
/// <param name="P99Ms">99 % of the calls took no longer.</param>
/// <param name="HealthyP99Ms">The same of calls at the same time by callers that know only the healthy instances.</param>
/// <param name="BackMs">
/// From the fault to the moment from which on the calls took no longer than twice what those of the others took; null: they did not.
/// </param>
internal sealed record KindReport(string Kind, double P99Ms, double HealthyP99Ms, double? BackMs);
