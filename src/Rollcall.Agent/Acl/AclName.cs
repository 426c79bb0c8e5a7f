namespace Rollcall.Agent.Acl;

/// <summary>Where a route has the name from that its rule is about.</summary>
internal enum AclName
{
    /// <summary>There is only one.</summary>
    None,

    /// <summary>The agent's node.</summary>
    Node,

    /// <summary>What follows the route in the path.</summary>
    Tail,
}
