namespace Rollcall.Discovery.Events;

/// <summary>A caller was given another service config while it runs.</summary>
/// <param name="Time">When.</param>
/// <param name="Query">The service that it is for.</param>
/// <param name="Origin">Where it came from, such as the key in the KV store.</param>
/// <param name="Fault">Null: it is in force. Otherwise what is wrong with it: it was refused, and the last good one stays.</param>
public sealed record ConfigChanged(DateTimeOffset Time, ServiceQuery Query, string Origin, string? Fault) : DiscoveryEvent(Time, Query);
