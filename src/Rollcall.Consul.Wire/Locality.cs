namespace Rollcall.Consul.Wire;

/// <summary>Where a node or service runs; Consul has it from 1.17 on.</summary>
public sealed record Locality
{
    public string Region { get; init; } = "";

    public string Zone { get; init; } = "";
}
