namespace Rollcall.Agent.Chains;

/// <summary>Sends shares of all requests to different nodes.</summary>
/// <param name="Name">That of the service, with its namespace.</param>
/// <param name="Splits">In their order.</param>
internal sealed record ChainSplitter(string Name, IReadOnlyList<ChainSplit> Splits) : ChainNode(Name)
{
    public override string Kind => "splitter";

    public override IEnumerable<string> Next => Splits.Select(static split => split.Next);
}
