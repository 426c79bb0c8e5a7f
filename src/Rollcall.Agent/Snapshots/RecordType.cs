namespace Rollcall.Agent.Snapshots;

/// <summary>The byte before each record of a snapshot's state: Consul's numbers. Those of which nothing is kept here have Consul's names.</summary>
internal enum RecordType : byte
{
    /// <summary>A node, with at most one service and one check.</summary>
    Register = 0,
    Kv = 2,
    Session = 3,
    Tombstone = 5,

    /// <summary>A list of coordinates.</summary>
    Coordinates = 6,
    PreparedQuery = 7,
    Autopilot = 9,
    Intention = 12,
    ConnectCA = 13,
    ConnectCAProviderState = 14,
    ConnectCAConfig = 15,

    /// <summary>The last index of one kind of thing.</summary>
    Index = 16,
    AclToken = 17,
    AclPolicy = 19,
    ConfigEntry = 22,
    AclRole = 23,
    AclBindingRule = 25,
    AclAuthMethod = 27,
    ChunkingState = 29,
    FederationState = 30,
    SystemMetadata = 31,
}
