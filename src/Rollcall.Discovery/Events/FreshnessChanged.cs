namespace Rollcall.Discovery.Events;

/// <summary>The list in use can be trusted more or less than before.</summary>
/// <param name="Time">When.</param>
/// <param name="Query">Whose list.</param>
/// <param name="Before">How much it could be trusted; null: there was no list yet.</param>
/// <param name="Now">How much it can be trusted from now on.</param>
/// <param name="Reason">Why it is not fresh, in words for a person; null when fresh.</param>
public sealed record FreshnessChanged(
    DateTimeOffset Time, ServiceQuery Query, SnapshotFreshness? Before, SnapshotFreshness Now, string? Reason) : DiscoveryEvent(Time, Query);
