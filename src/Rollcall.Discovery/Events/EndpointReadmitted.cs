namespace Rollcall.Discovery.Events;

/// <summary>An instance that was left out is called again.</summary>
/// <param name="Time">When.</param>
/// <param name="Query">The query that the instance was found by.</param>
/// <param name="Endpoint">The instance.</param>
public sealed record EndpointReadmitted(DateTimeOffset Time, ServiceQuery Query, Endpoint Endpoint) : DiscoveryEvent(Time, Query);
