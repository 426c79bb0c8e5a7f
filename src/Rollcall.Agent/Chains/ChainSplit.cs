namespace Rollcall.Agent.Chains;

/// <summary>One share of a splitter.</summary>
/// <param name="Weight">Hundredths of all requests, to two decimal places.</param>
/// <param name="Next">Key of the node that gets them.</param>
internal sealed record ChainSplit(float Weight, string Next);
