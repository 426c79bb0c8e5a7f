namespace Rollcall.Discovery.Events;

/// <summary>Something happened to the instances of a service, or to the calls that look for one. Immutable.</summary>
/// <param name="Time">When.</param>
/// <param name="Query">Which instances of which service; null: it concerns no single query (<see cref="EventsMissed"/>).</param>
public abstract record DiscoveryEvent(DateTimeOffset Time, ServiceQuery? Query);
