namespace Rollcall.Discovery.Balancing.Localities;

/// <summary>How near an endpoint of the preferred datacenter is to the caller, nearest first.</summary>
internal enum Nearness
{
    SameNode,
    SameZone,
    Elsewhere,
}
