namespace Rollcall.Agent.Store.Acl;

/// <summary>What a token or role may do: policies, and the services and nodes that it stands for. Immutable.</summary>
public abstract record AclGrants : AclRecord
{
    /// <summary>Ids of policies. One that does not exist any more grants nothing.</summary>
    public IReadOnlyList<string> PolicyIds { get; init; } = [];

    public IReadOnlyList<AclServiceIdentity> ServiceIdentities { get; init; } = [];

    public IReadOnlyList<AclNodeIdentity> NodeIdentities { get; init; } = [];
}
