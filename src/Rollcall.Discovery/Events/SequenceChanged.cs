namespace Rollcall.Discovery.Events;

/// <summary>Callers of a service that share one sequence (<c>shared_round_robin</c>): this process takes part in it or not any more.</summary>
/// <param name="Time">When.</param>
/// <param name="Query">Whose sequence.</param>
/// <param name="Fault">Null: it takes part from now on. Otherwise why it does not; its calls go on round robin by themselves.</param>
public sealed record SequenceChanged(DateTimeOffset Time, ServiceQuery Query, string? Fault) : DiscoveryEvent(Time, Query);
