using Grpc.Core;
using Microsoft.AspNetCore.Http;

namespace Rollcall.Grpc.Server.Protocols;

/// <summary>
/// The endpoint of one method. gRPC goes straight to the handler; the other protocols are adapters in front of the same handler, so that
/// interceptors, deadlines, limits and authorization are the same for all.
/// </summary>
internal sealed class MethodEndpoint(CallHandler handler, IMethod method, ProtobufMethod? protobuf)
{
    /// <summary>Runs the calls.</summary>
    public CallHandler Handler { get; } = handler;

    public IMethod Method { get; } = method;

    /// <summary>Null when the messages are not protobuf: gRPC is the only protocol then.</summary>
    public ProtobufMethod? Protobuf { get; } = protobuf;

    /// <summary>The HTTP methods that the endpoint answers.</summary>
    public IReadOnlyList<string> HttpMethods { get; } = [Microsoft.AspNetCore.Http.HttpMethods.Post];

    /// <summary>The endpoint's request delegate.</summary>
    public Task HandleAsync(HttpContext httpContext) =>
        RequestCheck.IsGrpc(httpContext.Request) ? Handler.HandleAsync(httpContext) : HandleOtherAsync(httpContext);

    // By content type.
    private Task HandleOtherAsync(HttpContext httpContext)
    {
        if (WebContentType.TryRead(httpContext.Request.ContentType, out var isText) && AllowsWeb(httpContext))
        {
            return WebCall.HandleAsync(httpContext, Handler, isText);
        }

        return RequestCheck.RefuseAsync(httpContext);
    }

    private bool AllowsWeb(HttpContext httpContext) =>
        httpContext.GetEndpoint()?.Metadata.GetMetadata<IGrpcWebEnabledMetadata>()?.GrpcWebEnabled ?? Handler.Settings.EnableGrpcWeb;
}
