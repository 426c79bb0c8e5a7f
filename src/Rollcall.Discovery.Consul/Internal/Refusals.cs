using System.Net;
using Rollcall.Consul;
using Rollcall.Errors;

namespace Rollcall.Discovery.Consul.Internal;

/// <summary>Which failures of a query are of it alone.</summary>
internal static class Refusals
{
    /// <summary>Whether the token may not read what was asked. One that Consul does not know may read nothing at all.</summary>
    public static bool IsDenied(Exception error) => error is ConsulException { StatusCode: HttpStatusCode.Forbidden } refusal && !TokenAdvice.IsUnknown(refusal.Body);

    /// <summary>Whether the filter is wrong: without one, what is no good request is so for all.</summary>
    public static bool IsWrongFilter(ServiceQuery query, Exception error) => query.Filter is not null && error is ConsulException { StatusCode: HttpStatusCode.BadRequest };
}
