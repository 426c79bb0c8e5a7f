using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Rollcall.Grpc.Server.Protocols;

/// <summary>Holds a <c>**</c> to paths that end with the verb of its template; a route has no literal behind a catch-all.</summary>
internal sealed class VerbConstraint(string verb) : IRouteConstraint
{
    private readonly string _suffix = ":" + verb;

    public bool Match(
        HttpContext? httpContext, IRouter? route, string routeKey, RouteValueDictionary values, RouteDirection routeDirection) =>
        values.TryGetValue(routeKey, out var value) && value is string text && text.EndsWith(_suffix, StringComparison.OrdinalIgnoreCase);
}
