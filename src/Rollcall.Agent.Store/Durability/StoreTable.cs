namespace Rollcall.Agent.Store.Durability;

/// <summary>What a row of the journal holds. The numbers are on disk: they stay.</summary>
public enum StoreTable
{
    /// <summary>A <see cref="Consul.Wire.CatalogNode"/>.</summary>
    Node = 1,

    /// <summary>A <see cref="Consul.Wire.NodeService"/> of the catalog.</summary>
    Service = 2,

    /// <summary>A <see cref="Consul.Wire.HealthCheck"/> of the catalog.</summary>
    Check = 3,

    /// <summary>A <see cref="Consul.Wire.KvPair"/>.</summary>
    Kv = 4,

    /// <summary>A <see cref="Consul.Wire.Session"/>.</summary>
    Session = 5,

    /// <summary>A <see cref="Consul.Wire.NodeService"/> that was registered on the agent.</summary>
    LocalService = 6,

    /// <summary>A <see cref="Local.LocalCheck"/>.</summary>
    LocalCheck = 7,

    /// <summary>A <see cref="Records.NodeCoordinate"/>.</summary>
    Coordinate = 8,

    /// <summary>A <see cref="Records.AutopilotSettings"/>.</summary>
    Autopilot = 9,

    /// <summary>A <see cref="Records.PreparedQuery"/>.</summary>
    Query = 10,

    /// <summary>A <see cref="Acl.AclToken"/>.</summary>
    AclToken = 20,

    /// <summary>A <see cref="Acl.AclPolicy"/>.</summary>
    AclPolicy = 21,

    /// <summary>A <see cref="Acl.AclRole"/>.</summary>
    AclRole = 22,

    /// <summary>The <see cref="Acl.AclBootstrap"/>, without a name.</summary>
    AclBootstrap = 23,

    /// <summary>A <see cref="Records.ConfigEntry"/>.</summary>
    ConfigEntry = 24,

    /// <summary>A <see cref="Records.Intention"/>.</summary>
    Intention = 25,

    /// <summary>A <see cref="Acl.AclAuthMethod"/>.</summary>
    AclAuthMethod = 26,

    /// <summary>A <see cref="Acl.AclBindingRule"/>.</summary>
    AclBindingRule = 27,

    /// <summary>A <see cref="KeptIndex"/>.</summary>
    Index = 28,
}
