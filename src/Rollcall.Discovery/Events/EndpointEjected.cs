namespace Rollcall.Discovery.Events;

/// <summary>A caller leaves an instance out for a while, because of how its calls went.</summary>
/// <param name="Time">When.</param>
/// <param name="Query">The query that the instance was found by.</param>
/// <param name="Endpoint">The instance.</param>
/// <param name="Reason">Why, in words for a person.</param>
/// <param name="Until">When it is tried again.</param>
public sealed record EndpointEjected(
    DateTimeOffset Time, ServiceQuery Query, Endpoint Endpoint, string Reason, DateTimeOffset Until) : DiscoveryEvent(Time, Query);
