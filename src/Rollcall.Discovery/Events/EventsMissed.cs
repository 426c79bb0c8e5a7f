namespace Rollcall.Discovery.Events;

/// <summary>This subscriber was too slow: what came before the next event was dropped. What holds now is in the directory itself.</summary>
/// <param name="Time">When the next event happened.</param>
/// <param name="Count">How many were dropped.</param>
public sealed record EventsMissed(DateTimeOffset Time, long Count) : DiscoveryEvent(Time, null);
