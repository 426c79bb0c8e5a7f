namespace Rollcall.Agent.Store.Acl;

/// <summary>What several tokens may do, under a name. Immutable.</summary>
public sealed record AclRole : AclGrants
{
    public required string Id { get; init; }

    public required string Name { get; init; }

    public string Description { get; init; } = "";

    internal override string Key => Id;

    internal override string? Alias => Name;
}
