using System.Diagnostics.CodeAnalysis;
using Microsoft.AspNetCore.Http;

namespace Rollcall.Grpc.Server;

/// <summary>Turns away requests that are no gRPC, in the language of HTTP because the caller speaks no other.</summary>
internal static class RequestCheck
{
    public static bool TryAccept(HttpContext httpContext, [NotNullWhen(false)] out Task? refusal)
    {
        var request = httpContext.Request;
        if (!HttpProtocol.IsHttp2(request.Protocol) && !HttpProtocol.IsHttp3(request.Protocol))
        {
            httpContext.Response.Headers.Upgrade = "HTTP/2";
            refusal = RefuseAsync(
                httpContext,
                StatusCodes.Status426UpgradeRequired,
                $"gRPC needs HTTP/2 and this request came by {request.Protocol}. Use a gRPC client, and check that no proxy in between downgrades.");
            return false;
        }

        if (!GrpcProtocol.IsGrpcContentType(request.ContentType))
        {
            refusal = RefuseAsync(
                httpContext,
                StatusCodes.Status415UnsupportedMediaType,
                "A gRPC method is called with the content type application/grpc.");
            return false;
        }

        refusal = null;
        return true;
    }

    private static Task RefuseAsync(HttpContext httpContext, int status, string text)
    {
        httpContext.Response.StatusCode = status;
        httpContext.Response.ContentType = "text/plain; charset=utf-8";
        return httpContext.Response.WriteAsync(text);
    }
}
