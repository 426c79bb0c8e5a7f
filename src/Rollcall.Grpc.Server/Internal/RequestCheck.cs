using Grpc.Core;
using Microsoft.AspNetCore.Http;

namespace Rollcall.Grpc.Server;

/// <summary>Tells gRPC from other requests, and turns those away that nobody takes, in the language of HTTP because the caller speaks no other.</summary>
internal static class RequestCheck
{
    public static bool IsGrpc(HttpRequest request) =>
        (HttpProtocol.IsHttp2(request.Protocol) || HttpProtocol.IsHttp3(request.Protocol)) && GrpcProtocol.IsGrpcContentType(request.ContentType);

    /// <summary>The answer to a request of no protocol that the method speaks.</summary>
    public static Task RefuseAsync(HttpContext httpContext, IMethod method, bool speaksConnect, bool speaksWeb)
    {
        if (GrpcProtocol.IsGrpcContentType(httpContext.Request.ContentType))
        {
            return RefuseHttp11Async(httpContext);
        }

        // Told by it, a caller can do better (W3C Linked Data Platform 7.1).
        string[] types =
        [
            .. speaksConnect ? ["application/json", "application/proto"] : Array.Empty<string>(),
            .. speaksWeb ? ["application/grpc-web", "application/grpc-web-text"] : Array.Empty<string>(),
            GrpcProtocol.ContentType,
        ];
        httpContext.Response.Headers["Accept-Post"] = string.Join(", ", types);
        return RefuseAsync(httpContext, StatusCodes.Status415UnsupportedMediaType, GetAdvice(httpContext.Request, method, speaksConnect, string.Join(" or ", types)));
    }

    /// <summary>The answer to gRPC by a version of HTTP that can't carry it.</summary>
    public static Task RefuseHttp11Async(HttpContext httpContext)
    {
        var advice =
            $"gRPC needs HTTP/2 and this request came by {httpContext.Request.Protocol}. Use a gRPC client, and check that the endpoint's Protocols include HTTP/2 and that no proxy in between downgrades.";
        httpContext.Response.Headers.Upgrade = "HTTP/2";

        // A gRPC client shows its user this text, where it can't read the body. Internal is what an HTTP status that says nothing else becomes.
        CallEnd.WriteStatus(httpContext.Response.Headers, new Status(StatusCode.Internal, advice));
        return RefuseAsync(httpContext, StatusCodes.Status426UpgradeRequired, advice);
    }

    private static string GetAdvice(HttpRequest request, IMethod method, bool speaksConnect, string types)
    {
        if (speaksConnect)
        {
            return HttpMethods.IsGet(request.Method)
                ? $"{method.FullName} is called by GET with encoding=json or encoding=proto in the query."
                : $"{method.FullName} is called with the content type {types}.";
        }

        var reason = method.Type == MethodType.Unary
            ? "Its messages are not protobuf, so that it has no JSON."
            : "It streams; plain JSON is for methods with one request and one response.";
        return $"{method.FullName} is called with the content type {types}. {reason}";
    }

    private static Task RefuseAsync(HttpContext httpContext, int status, string text)
    {
        httpContext.Response.StatusCode = status;
        httpContext.Response.ContentType = "text/plain; charset=utf-8";
        return httpContext.Response.WriteAsync(text);
    }
}
