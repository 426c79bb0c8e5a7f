namespace Rollcall.Consul.Wire;

/// <summary>The answer of <c>query/:id/execute</c>.</summary>
public sealed record PreparedQueryResult
{
    /// <summary>The service whose instances these are.</summary>
    public string Service { get; init; } = "";

    /// <summary>The instances, the best one first.</summary>
    public IReadOnlyList<HealthServiceEntry>? Nodes { get; init; } = [];

    /// <summary>Where they were found.</summary>
    public string Datacenter { get; init; } = "";

    /// <summary>How many other datacenters were asked, because there was nothing in the first.</summary>
    public int Failovers { get; init; }
}
