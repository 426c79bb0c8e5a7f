using Grpc.Core;
using Microsoft.AspNetCore.Http;
using Rollcall.Grpc.Server.Protocols;

namespace Rollcall.Grpc.Server;

/// <summary>Answers calls of methods that nobody serves: HTTP 200 with grpc-status 12, which a caller understands, and not a 404.</summary>
internal sealed class UnimplementedHandler(MappedServices mapped, ServerTelemetry telemetry)
{
    /// <summary>True for the endpoint of such an answer, which has it as metadata.</summary>
    public static bool IsOf(Endpoint endpoint) => endpoint.Metadata.GetMetadata<UnimplementedHandler>() is not null;

    public Task HandleAsync(HttpContext httpContext)
    {
        var isWeb = WebContentType.TryRead(httpContext.Request.ContentType, out var isText);
        if (!isWeb && !RequestCheck.IsGrpc(httpContext.Request))
        {
            return RequestCheck.RefuseHttp11Async(httpContext);
        }

        var service = (string)httpContext.Request.RouteValues["service"]!;
        var method = (string)httpContext.Request.RouteValues["method"]!;
        var observed = telemetry.StartUnknown(httpContext, $"{service}/{method}");
        var status = new Status(
            StatusCode.Unimplemented,
            mapped.Contains(service) ? $"The service '{service}' has no method '{method}'." : $"The service '{service}' is not served here.");
        observed?.End(status);
        if (isWeb)
        {
            return WebCall.RefuseAsync(httpContext, isText, status);
        }

        CallEnd.WriteStatus(httpContext.Response.Headers, status);
        httpContext.Response.ContentType = GrpcProtocol.ContentType;
        return Task.CompletedTask;
    }
}
