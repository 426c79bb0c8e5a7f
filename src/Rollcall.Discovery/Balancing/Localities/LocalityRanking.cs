namespace Rollcall.Discovery.Balancing.Localities;

/// <summary>Tells how near an endpoint is. Immutable.</summary>
internal sealed class LocalityRanking
{
    // Empty: they play no part.
    private readonly IReadOnlyList<string> _datacenters;
    private readonly int _ownIndex;
    private readonly LocalityOptions _options;

    /// <param name="options">The balancer's own copy.</param>
    /// <param name="query">Whose datacenters have an order.</param>
    public LocalityRanking(LocalityOptions options, ServiceQuery query)
    {
        _options = options;

        // One name in the options sets it apart from all others. The only one of a query has no others.
        _datacenters = options.Datacenters.Count > 0 ? options.Datacenters : query.Datacenters.Length > 1 ? query.Datacenters : [];

        // Its endpoints bear the name of the datacenter, which only the agent knows.
        _ownIndex = query.Datacenters.IndexOf(ServiceQuery.OwnDatacenter);
        _ownIndex = _ownIndex >= 0 && options.Datacenters.Count == 0 ? _ownIndex : _datacenters.Count;
    }

    /// <summary>Whether all endpoints are equally near.</summary>
    public bool IsFlat => _datacenters.Count == 0 && _options.Node is null && _options.Zone is null;

    /// <summary>The place of its datacenter in the order; 0 is the preferred one.</summary>
    public int DatacenterRank(Endpoint endpoint)
    {
        if (_datacenters.Count == 0)
        {
            return 0;
        }

        for (var i = 0; i < _datacenters.Count; i++)
        {
            if (_datacenters[i] == endpoint.Datacenter)
            {
                return i;
            }
        }

        return _ownIndex;
    }

    /// <summary>Within the preferred datacenter: on the node, in the zone, or elsewhere.</summary>
    public Nearness NearnessOf(Endpoint endpoint) =>
        _options.Node is not null && endpoint.Node == _options.Node ? Nearness.SameNode
        : _options.Zone is not null && endpoint.Zone == _options.Zone ? Nearness.SameZone
        : Nearness.Elsewhere;

    /// <summary>What the endpoints of a group have in common.</summary>
    public string Name(int datacenterRank, Nearness nearness) => nearness switch
    {
        Nearness.SameNode => $"node {_options.Node}",
        Nearness.SameZone => $"zone {_options.Zone}",
        _ when IsFlat => "all",
        _ when _datacenters.Count == 0 => "elsewhere",
        _ when datacenterRank == _ownIndex && _ownIndex < _datacenters.Count => "the agent's datacenter",
        _ when datacenterRank == _datacenters.Count => "other datacenters",
        _ => $"datacenter {_datacenters[datacenterRank]}",
    };
}
