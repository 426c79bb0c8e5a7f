using System.Collections.Immutable;

namespace Rollcall.Discovery.Balancing.Stages;

/// <summary>Some endpoints of a list, in its order, with what is known of each. Immutable.</summary>
internal sealed record EndpointPart(ImmutableArray<Endpoint> Endpoints, ImmutableArray<EndpointState> States)
{
    public static EndpointPart Empty { get; } = new([], []);

    public int Count => Endpoints.Length;

    /// <summary>Those of which a condition holds; this part itself when it holds of all.</summary>
    /// <param name="condition">Is asked once for each position.</param>
    public EndpointPart Where(Func<int, bool> condition)
    {
        var endpoints = ImmutableArray.CreateBuilder<Endpoint>(Count);
        var states = ImmutableArray.CreateBuilder<EndpointState>(Count);
        for (var i = 0; i < Count; i++)
        {
            if (condition(i))
            {
                endpoints.Add(Endpoints[i]);
                states.Add(States[i]);
            }
        }

        return endpoints.Count == Count ? this : new EndpointPart(endpoints.DrainToImmutable(), states.DrainToImmutable());
    }

    /// <summary>This part, then the other one.</summary>
    public EndpointPart Then(EndpointPart other) =>
        other.Count == 0 ? this : Count == 0 ? other : new EndpointPart(Endpoints.AddRange(other.Endpoints), States.AddRange(other.States));

    /// <summary>Its endpoints by a rank, lowest first; each rank in the order of the list. This part itself when all have the same.</summary>
    public IEnumerable<(int Rank, EndpointPart Part)> GroupBy(Func<Endpoint, int> rank)
    {
        int[] ranks = [.. Endpoints.Select(rank)];
        return ranks.Distinct().Order().Select(one => (one, Where(i => ranks[i] == one)));
    }
}
