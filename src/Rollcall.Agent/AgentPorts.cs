namespace Rollcall.Agent;

/// <summary>The ports that are part of a node's name and tags. Nothing listens there.</summary>
/// <param name="Server">Where Consul's servers talk to each other: part of the name of the leader.</param>
/// <param name="SerfLan">Where agents of a datacenter gossip.</param>
/// <param name="SerfWan">Where datacenters do.</param>
internal sealed record AgentPorts(int Server, int SerfLan, int SerfWan);
