namespace Rollcall.Agent.Store.Acl;

/// <summary>A node that a token stands for: it may register the node and discover all services.</summary>
/// <param name="NodeName">The node's name.</param>
/// <param name="Datacenter">Where.</param>
public sealed record AclNodeIdentity(string NodeName, string Datacenter);
