namespace Rollcall.Discovery.Events;

/// <summary>A caller spreads its calls in another way from now on.</summary>
/// <param name="Time">When.</param>
/// <param name="Query">Whose calls.</param>
/// <param name="Before">The name of the policy until now.</param>
/// <param name="Now">The name of the policy from now on; the same when only its settings are others.</param>
public sealed record PolicyChanged(DateTimeOffset Time, ServiceQuery Query, string Before, string Now) : DiscoveryEvent(Time, Query);
