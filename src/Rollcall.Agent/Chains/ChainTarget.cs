using Rollcall.Agent.Go;

namespace Rollcall.Agent.Chains;

/// <summary>Instances of a service, or of a part of them, in one datacenter.</summary>
/// <param name="Service">The service.</param>
/// <param name="Subset">The part; empty for all.</param>
/// <param name="Namespace">Told with the service, and without a meaning here.</param>
/// <param name="Datacenter">Where.</param>
internal sealed record ChainTarget(string Service, string Subset, string Namespace, string Datacenter)
{
    public string Id => Subset.Length == 0 ? $"{Service}.{Namespace}.{Datacenter}" : $"{Subset}.{Service}.{Namespace}.{Datacenter}";

    /// <summary>How to get to another datacenter; empty: as it comes.</summary>
    public string MeshGateway { get; init; } = "";

    /// <summary>What an instance has to have to be part of the subset.</summary>
    public GoValue Selection { get; init; } = GoValue.Null;

    /// <summary>The name by which a server outside of the mesh is asked for; empty: it is in the mesh.</summary>
    public string ExternalName { get; init; } = "";
}
