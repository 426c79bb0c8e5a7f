using Grpc.Core;
using Microsoft.AspNetCore.Http;

namespace Rollcall.Grpc.Server;

/// <summary>Answers calls of methods that nobody serves: HTTP 200 with grpc-status 12, which a caller understands, and not a 404.</summary>
internal sealed class UnimplementedHandler(MappedServices mapped)
{
    public Task HandleAsync(HttpContext httpContext)
    {
        if (!RequestCheck.IsGrpc(httpContext.Request))
        {
            return RequestCheck.RefuseAsync(httpContext);
        }

        var service = (string)httpContext.Request.RouteValues["service"]!;
        var method = (string)httpContext.Request.RouteValues["method"]!;
        CallEnd.WriteStatus(
            httpContext.Response.Headers,
            new Status(
                StatusCode.Unimplemented,
                mapped.Contains(service) ? $"The service '{service}' has no method '{method}'." : $"The service '{service}' is not served here."));
        httpContext.Response.ContentType = GrpcProtocol.ContentType;
        return Task.CompletedTask;
    }
}
