namespace Rollcall.Agent.Store.Records;

/// <summary>Where a node is in the network, as seen by itself.</summary>
/// <param name="Node">The node's name.</param>
/// <param name="Segment">Empty: segments are not there in Consul's free edition.</param>
/// <param name="Coord">Where it is.</param>
public sealed record NodeCoordinate(string Node, string Segment, NetworkCoordinate Coord);
