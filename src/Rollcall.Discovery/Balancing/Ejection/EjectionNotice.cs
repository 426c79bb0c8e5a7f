namespace Rollcall.Discovery.Balancing.Ejection;

/// <summary>An endpoint was ejected just now.</summary>
internal sealed record EjectionNotice(Endpoint Endpoint, string Reason, TimeSpan Duration);
