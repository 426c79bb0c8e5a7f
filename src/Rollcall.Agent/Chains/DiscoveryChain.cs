namespace Rollcall.Agent.Chains;

/// <summary>The ways that calls to a service take.</summary>
/// <param name="Service">The service.</param>
/// <param name="Datacenter">Where it was looked for.</param>
/// <param name="Protocol">The one protocol of all that is on the way.</param>
/// <param name="Customization">Tells apart what overrides made of it; empty: nothing.</param>
/// <param name="Start">Key of the first node.</param>
/// <param name="Nodes">By key, in order.</param>
/// <param name="Targets">By id, in order.</param>
internal sealed record DiscoveryChain(
    string Service,
    string Datacenter,
    string Protocol,
    string Customization,
    string Start,
    SortedDictionary<string, ChainNode> Nodes,
    SortedDictionary<string, ChainTarget> Targets);
