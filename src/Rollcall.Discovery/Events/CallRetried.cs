namespace Rollcall.Discovery.Events;

/// <summary>A call goes on with a further attempt.</summary>
/// <param name="Time">When.</param>
/// <param name="Query">The service that is called.</param>
/// <param name="Endpoint">Where the last attempt went.</param>
/// <param name="Fate">Why there is another one.</param>
public sealed record CallRetried(DateTimeOffset Time, ServiceQuery Query, Endpoint Endpoint, AttemptFate Fate) : DiscoveryEvent(Time, Query);
