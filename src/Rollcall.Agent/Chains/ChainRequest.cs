namespace Rollcall.Agent.Chains;

/// <summary>Which chain is asked for.</summary>
/// <param name="Service">The service that is called.</param>
/// <param name="Datacenter">Where it is looked for, unless an entry names another datacenter.</param>
/// <param name="OwnDatacenter">Where the caller is: no gateway is needed there.</param>
internal sealed record ChainRequest(string Service, string Datacenter, string OwnDatacenter)
{
    public ChainOverrides Overrides { get; init; } = ChainOverrides.None;
}
