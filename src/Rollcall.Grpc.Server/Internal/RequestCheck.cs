using Microsoft.AspNetCore.Http;

namespace Rollcall.Grpc.Server;

/// <summary>Tells gRPC from other requests, and turns those away that nobody takes, in the language of HTTP because the caller speaks no other.</summary>
internal static class RequestCheck
{
    public static bool IsGrpc(HttpRequest request) =>
        (HttpProtocol.IsHttp2(request.Protocol) || HttpProtocol.IsHttp3(request.Protocol)) && GrpcProtocol.IsGrpcContentType(request.ContentType);

    /// <summary>The answer to a request of no known protocol.</summary>
    public static Task RefuseAsync(HttpContext httpContext)
    {
        if (!GrpcProtocol.IsGrpcContentType(httpContext.Request.ContentType))
        {
            return RefuseAsync(
                httpContext,
                StatusCodes.Status415UnsupportedMediaType,
                "A gRPC method is called with the content type application/grpc.");
        }

        httpContext.Response.Headers.Upgrade = "HTTP/2";
        return RefuseAsync(
            httpContext,
            StatusCodes.Status426UpgradeRequired,
            $"gRPC needs HTTP/2 and this request came by {httpContext.Request.Protocol}. Use a gRPC client, and check that the endpoint's Protocols include HTTP/2 and that no proxy in between downgrades.");
    }

    /// <summary>Answers with a text for people.</summary>
    public static Task RefuseAsync(HttpContext httpContext, int status, string text)
    {
        httpContext.Response.StatusCode = status;
        httpContext.Response.ContentType = "text/plain; charset=utf-8";
        return httpContext.Response.WriteAsync(text);
    }
}
