using Rollcall.Discovery.Internal;
using Rollcall.Discovery.Selecting;

namespace Rollcall.Discovery.Balancing.Localities;

/// <summary>
/// Where the caller is, so that its calls stay near: on its node, then in its zone, then in the preferred datacenter, then in the others in their
/// order. A group takes the calls of the nearer ones to the degree that these are unhealthy, after Envoy's priority levels.
/// </summary>
/// <remarks>
/// <para>A group whose healthy share times <see cref="OverprovisioningFactor"/> is 1 or more keeps all its calls: with the default that is 72 %.
/// Below that it keeps as much of them as that product says, and the next group takes the rest.</para>
/// <para>The groups are as large as they are: a zone with one instance gives it all calls of the callers in that zone.</para>
/// </remarks>
public sealed class LocalityOptions
{
    /// <summary>The caller's node, as the registry names it: endpoints on it come first.</summary>
    /// <value>Default null: nodes play no part.</value>
    public string? Node { get; set; }

    /// <summary>The caller's zone: endpoints in it (<see cref="Endpoint.Zone"/>) come next.</summary>
    /// <value>Default null: zones play no part.</value>
    public string? Zone { get; set; }

    /// <summary>The order of datacenters, the preferred one first; those that it does not name come last, together.</summary>
    /// <value>Default empty: that of the query (<see cref="ServiceQuery.Datacenters"/>).</value>
    public IReadOnlyList<string> Datacenters { get; set; } = [];

    /// <summary>By how much a group may lose endpoints before calls go further away: it is taken to have that much more capacity than it needs.</summary>
    /// <value>Default 1.4. From 1 to 100.</value>
    public double OverprovisioningFactor { get; set; } = 1.4;

    internal LocalityOptions Copy()
    {
        var copy = (LocalityOptions)MemberwiseClone();
        copy.Datacenters = [.. Datacenters];
        return copy;
    }

    internal void Check(OptionFaults faults, string path)
    {
        faults.Require(Node != "", $"{path}.{nameof(Node)} must not be empty; leave it null for none");
        faults.Require(Zone != "", $"{path}.{nameof(Zone)} must not be empty; leave it null for none");
        faults.Require(Datacenters.All(static d => !string.IsNullOrEmpty(d)), $"{path}.{nameof(Datacenters)} must not have an empty name");
        faults.Between(OverprovisioningFactor, 1, 100, $"{path}.{nameof(OverprovisioningFactor)}");
    }
}
