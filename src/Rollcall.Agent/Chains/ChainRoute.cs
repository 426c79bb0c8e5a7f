using Rollcall.Agent.Go;

namespace Rollcall.Agent.Chains;

/// <summary>One way of a router.</summary>
/// <param name="Definition">As its config entry has it.</param>
/// <param name="Next">Key of the node that it leads to.</param>
internal sealed record ChainRoute(GoValue Definition, string Next);
