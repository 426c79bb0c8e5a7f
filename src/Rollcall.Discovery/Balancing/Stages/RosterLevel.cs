namespace Rollcall.Discovery.Balancing.Stages;

/// <summary>Endpoints of a list that are equally near to the caller. Immutable.</summary>
/// <param name="Name">What they have in common.</param>
/// <param name="Members">They.</param>
internal sealed record RosterLevel(string Name, EndpointPart Members);
