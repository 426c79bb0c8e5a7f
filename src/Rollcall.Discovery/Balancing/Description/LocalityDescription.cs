namespace Rollcall.Discovery.Balancing.Stages;

/// <summary>One group of endpoints that are equally near. Immutable.</summary>
/// <param name="Name">What they have in common: <c>zone eu-1a</c>, <c>datacenter dc2</c>; <c>all</c> when localities play no part.</param>
/// <param name="Share">The part of the calls that goes to the group, from 0 to 1.</param>
/// <param name="Healthy">How many of its endpoints are neither ejected nor cooling down.</param>
/// <param name="Total">How many it has.</param>
/// <param name="InPanic">Too few are healthy, so that ejected ones are picked too.</param>
public sealed record LocalityDescription(string Name, double Share, int Healthy, int Total, bool InPanic);
