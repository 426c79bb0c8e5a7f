using System.Collections.Immutable;

namespace Rollcall.Discovery.Balancing.Internal;

/// <summary>
/// The states of a list's endpoints. Immutable; the next list takes on those of the endpoints that stayed, and of those that left the calls in flight.
/// </summary>
internal sealed class EndpointStates
{
    private readonly ImmutableArray<Endpoint> _endpoints;
    private readonly ImmutableArray<EndpointState> _states;
    private readonly Dictionary<Endpoint, EndpointState> _byEndpoint;

    // Of endpoints that left, and when: those to which calls may just be going, and those whose calls have not all ended.
    private readonly Dictionary<Endpoint, (EndpointState State, long LeftAt)> _away = [];

    private EndpointStates(ImmutableArray<Endpoint> endpoints, Func<Endpoint, EndpointState?> known, long joinedAt = 0)
    {
        _endpoints = endpoints;
        _byEndpoint = new Dictionary<Endpoint, EndpointState>(endpoints.Length);
        var states = ImmutableArray.CreateBuilder<EndpointState>(endpoints.Length);
        foreach (var endpoint in endpoints)
        {
            var state = known(endpoint) ?? new EndpointState { Health = { JoinedAt = joinedAt } };
            states.Add(state);
            _byEndpoint[endpoint] = state;
        }

        _states = states.MoveToImmutable();
    }

    public static EndpointStates Empty { get; } = new([], static _ => null);

    /// <summary>For a list that replaces this one.</summary>
    /// <param name="endpoints">It.</param>
    /// <param name="joinedAt">The time, for endpoints that were not in this one, and those that are not in it any more.</param>
    /// <param name="forgotten">Endpoints that left until then are forgotten, unless calls on them go on: nobody picks them any more.</param>
    public EndpointStates Follow(ImmutableArray<Endpoint> endpoints, long joinedAt, long forgotten)
    {
        if (endpoints == _endpoints)
        {
            return this;
        }

        var next = new EndpointStates(endpoints, Known, joinedAt);
        foreach (var (endpoint, state) in _byEndpoint.Where(left => !next._byEndpoint.ContainsKey(left.Key)))
        {
            // By an equal one, so that what callers keep for an endpoint, such as its connections, is not kept with this.
            next.Remember(new Endpoint(endpoint.Id, endpoint.Host, endpoint.Port), state, joinedAt);
        }

        foreach (var (endpoint, (state, leftAt)) in _away)
        {
            if (leftAt > forgotten || state.InFlight > 0)
            {
                next.Remember(endpoint, state, leftAt);
            }
        }

        return next;

        EndpointState? Known(Endpoint endpoint) =>
            _byEndpoint.GetValueOrDefault(endpoint)
            ?? (_away.TryGetValue(endpoint, out var before) ? new EndpointState(before.State) { Health = { JoinedAt = joinedAt } } : null);
    }

    /// <summary>In the order of a part of the list.</summary>
    public ImmutableArray<EndpointState> Of(ImmutableArray<Endpoint> part) =>
        part == _endpoints ? _states : [.. part.Select(endpoint => _byEndpoint[endpoint])];

    /// <summary>For the list that replaces a picker's.</summary>
    public static ImmutableArray<EndpointState> Carry(EndpointPicker? previous, ImmutableArray<Endpoint> endpoints)
    {
        var known = new Dictionary<Endpoint, EndpointState>(previous?.Endpoints.Length ?? 0);
        for (var slot = 0; slot < previous?.Endpoints.Length; slot++)
        {
            known[previous.Endpoints[slot]] = previous.States[slot];
        }

        return new EndpointStates(endpoints, known.GetValueOrDefault)._states;
    }

    private void Remember(Endpoint endpoint, EndpointState state, long leftAt)
    {
        if (!_byEndpoint.ContainsKey(endpoint))
        {
            _away.Add(endpoint, (state, leftAt));
        }
    }
}
