using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.AspNetCore.Routing.Matching;
using Rollcall.Grpc.Server.Protocols;

namespace Rollcall.Grpc.Server;

/// <summary>
/// Keeps the answer to unknown methods away from every request that is not gRPC, when routing builds its tables: a path of two segments is then the
/// application's own, for its files, its routes and what they say of other HTTP methods.
/// </summary>
internal sealed class UnknownMethodPolicy : MatcherPolicy, INodeBuilderPolicy
{
    private const string Grpc = "grpc";
    private const string Other = "other";

    // Before the framework's policy of HTTP methods, which answers with 405 where a path has endpoints and none is for the request's method.
    public override int Order => -2000;

    public bool AppliesToEndpoints(IReadOnlyList<Endpoint> endpoints) => endpoints.Any(UnimplementedHandler.IsOf);

    public IReadOnlyList<PolicyNodeEdge> GetEdges(IReadOnlyList<Endpoint> endpoints)
    {
        List<Endpoint> others = [.. endpoints.Where(endpoint => !UnimplementedHandler.IsOf(endpoint))];
        var grpc = new PolicyNodeEdge(Grpc, endpoints);
        return others.Count == 0 ? [grpc] : [grpc, new PolicyNodeEdge(Other, others)];
    }

    public PolicyJumpTable BuildJumpTable(int exitDestination, IReadOnlyList<PolicyJumpTableEdge> edges)
    {
        var destinations = edges.ToDictionary(edge => (string)edge.State, edge => edge.Destination);
        return new ByRequest(destinations[Grpc], destinations.GetValueOrDefault(Other, exitDestination));
    }

    private sealed class ByRequest(int grpc, int other) : PolicyJumpTable
    {
        public override int GetDestination(HttpContext httpContext) => IsGrpc(httpContext.Request) ? grpc : other;

        // By HTTP/1.1, too: such a caller is told that gRPC needs HTTP/2.
        private static bool IsGrpc(HttpRequest request) =>
            HttpMethods.IsPost(request.Method)
            && (GrpcProtocol.IsGrpcContentType(request.ContentType) || WebContentType.TryRead(request.ContentType, out _));
    }
}
