namespace Rollcall.Agent.Chains;

/// <summary>Sends shares of all requests to different nodes.</summary>
/// <param name="Name">That of the service, with its namespace.</param>
/// <param name="Splits">In their order.</param>
internal sealed record ChainSplitter(string Name, IReadOnlyList<ChainSplit> Splits) : ChainNode(Name)
{
    private const string Own = "splitter";

    public override string Kind => Own;

    /// <summary>Its <see cref="ChainNode.Key"/>.</summary>
    public static string KeyOf(string name) => KeyOf(Own, name);

    public override IEnumerable<string> Next => Splits.Select(static split => split.Next);
}
