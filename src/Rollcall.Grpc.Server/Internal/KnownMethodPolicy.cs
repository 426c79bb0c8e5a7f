using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.AspNetCore.Routing.Matching;

namespace Rollcall.Grpc.Server;

/// <summary>
/// Takes the answer to unknown methods out of the paths of known ones when routing builds its tables. It would never be chosen there, but
/// routing would cut service and method out of the path of every call to fill its parameters: a third of what a small call allocates.
/// </summary>
internal sealed class KnownMethodPolicy : MatcherPolicy, INodeBuilderPolicy
{
    // After all of the framework's, which part the endpoints of a path by HTTP method, host and content type.
    public override int Order => 1000;

    public bool AppliesToEndpoints(IReadOnlyList<Endpoint> endpoints) => endpoints.Any(IsMethod) && endpoints.Any(UnimplementedHandler.IsOf);

    public IReadOnlyList<PolicyNodeEdge> GetEdges(IReadOnlyList<Endpoint> endpoints) =>
        [new PolicyNodeEdge(nameof(KnownMethodPolicy), [.. endpoints.Where(e => !UnimplementedHandler.IsOf(e))])];

    public PolicyJumpTable BuildJumpTable(int exitDestination, IReadOnlyList<PolicyJumpTableEdge> edges) => new OneWay(edges[0].Destination);

    // By the method's own path: an HTTP route of it, with parameters, may fit the paths of other methods, too.
    private static bool IsMethod(Endpoint endpoint) =>
        endpoint is RouteEndpoint { RoutePattern.Parameters.Count: 0 } && endpoint.Metadata.GetMetadata<GrpcMethodMetadata>() is not null;

    private sealed class OneWay(int destination) : PolicyJumpTable
    {
        public override int GetDestination(HttpContext httpContext) => destination;
    }
}
