namespace Rollcall.Agent.Chains;

/// <summary>Sends each request where the first route that matches it leads.</summary>
/// <param name="Name">That of the service, with its namespace.</param>
/// <param name="Routes">In their order.</param>
internal sealed record ChainRouter(string Name, IReadOnlyList<ChainRoute> Routes) : ChainNode(Name)
{
    public override string Kind => "router";

    public override IEnumerable<string> Next => Routes.Select(static route => route.Next);
}
