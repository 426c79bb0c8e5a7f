namespace Rollcall.Consul.Wire;

/// <summary>One instance in <c>health/service/:name</c>, with its node and all checks that count for it.</summary>
public sealed record HealthServiceEntry
{
    public CatalogNode Node { get; init; } = new();

    public NodeService Service { get; init; } = new();

    /// <summary>None is an empty list, also where the agent says null, as it does in answers of prepared queries.</summary>
    public IReadOnlyList<HealthCheck> Checks { get; init => field = value ?? []; } = [];
}
