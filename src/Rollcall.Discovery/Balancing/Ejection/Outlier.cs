namespace Rollcall.Discovery.Balancing.Ejection;

/// <summary>What a rule has found.</summary>
/// <param name="Member">The position of the endpoint in its group.</param>
/// <param name="Reason">For a person.</param>
internal readonly record struct Outlier(int Member, string Reason);
