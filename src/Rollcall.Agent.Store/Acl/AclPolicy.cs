namespace Rollcall.Agent.Store.Acl;

/// <summary>Rules under a name. Immutable.</summary>
public sealed record AclPolicy : AclRecord
{
    /// <summary>The policy that allows everything.</summary>
    public const string ManagementId = "00000000-0000-0000-0000-000000000001";

    public required string Id { get; init; }

    public required string Name { get; init; }

    public string Description { get; init; } = "";

    /// <summary>As somebody wrote them.</summary>
    public string Rules { get; init; } = "";

    /// <summary>Where the policy is valid; null: everywhere.</summary>
    public IReadOnlyList<string>? Datacenters { get; init; }

    internal override string Key => Id;

    internal override string? Alias => Name;
}
