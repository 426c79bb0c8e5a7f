namespace Rollcall.Agent.Store.Watching;

/// <summary>What a watcher may wait for.</summary>
public enum TopicKind
{
    /// <summary>Instances of one service, by lower-case name: registration, node or check.</summary>
    Service,

    /// <summary>The list of services and their tags.</summary>
    Services,

    /// <summary>One node, by lower-case name: itself, its services, its checks.</summary>
    Node,

    /// <summary>The list of nodes.</summary>
    Nodes,

    /// <summary>Any check.</summary>
    Checks,

    /// <summary>A service lost its last instance: moves the index of every service that does not exist.</summary>
    Extinction,

    /// <summary>One key.</summary>
    Key,

    /// <summary>All keys that begin with a prefix.</summary>
    KeyPrefix,

    /// <summary>A registration on the agent itself, by id.</summary>
    LocalService,

    /// <summary>Any session.</summary>
    Sessions,

    /// <summary>Any event.</summary>
    Events,

    /// <summary>A snapshot was restored, which wakes everybody.</summary>
    Restored,

    /// <summary>Any config entry.</summary>
    ConfigEntries,

    /// <summary>Any intention.</summary>
    Intentions,

    /// <summary>Any prepared query.</summary>
    Queries,

    /// <summary>Any gateway of the service mesh that a config entry names, or what one leads to.</summary>
    Gateways,

    /// <summary>Where any node is.</summary>
    Coordinates,

    /// <summary>Any token, policy, role, auth method or binding rule, by kind.</summary>
    Acl,

    /// <summary>Any node, service or check.</summary>
    Catalog,
}
