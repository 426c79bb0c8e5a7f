namespace Rollcall.Agent.Acl;

/// <summary>What rules are about.</summary>
internal enum AclResource
{
    /// <summary>Tokens, policies and roles themselves, and snapshots.</summary>
    Acl,

    /// <summary>An agent, by the name of its node.</summary>
    Agent,

    /// <summary>Events, by name.</summary>
    Event,

    /// <summary>Intentions, by the name of either service.</summary>
    Intention,

    /// <summary>Keys.</summary>
    Key,

    /// <summary>The keys that gossip is encrypted with.</summary>
    Keyring,

    /// <summary>Nodes, by name.</summary>
    Node,

    /// <summary>How the cluster is run.</summary>
    Operator,

    /// <summary>Prepared queries, by name.</summary>
    Query,

    /// <summary>Services, by name.</summary>
    Service,

    /// <summary>Sessions, by the name of their node.</summary>
    Session,
}
