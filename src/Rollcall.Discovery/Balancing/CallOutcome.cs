namespace Rollcall.Discovery.Balancing;

/// <summary>How a call on an endpoint ended; taken at the end of the call, not at its headers.</summary>
/// <param name="Result">What became of it.</param>
/// <param name="Latency">From the pick to the end of the call.</param>
public readonly record struct CallOutcome(CallResult Result, TimeSpan Latency);
