using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Rollcall.Grpc.Server.Protocols;

namespace Rollcall.Grpc.Server;

/// <summary>Keeps the answer to unknown gRPC methods away from every other request.</summary>
internal sealed class GrpcContentTypeConstraint : IRouteConstraint
{
    public bool Match(
        HttpContext? httpContext, IRouter? route, string routeKey, RouteValueDictionary values, RouteDirection routeDirection) =>
        GrpcProtocol.IsGrpcContentType(httpContext?.Request.ContentType) || WebContentType.TryRead(httpContext?.Request.ContentType, out _);
}
