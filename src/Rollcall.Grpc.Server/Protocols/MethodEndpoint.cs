using Grpc.Core;
using Microsoft.AspNetCore.Http;

namespace Rollcall.Grpc.Server.Protocols;

/// <summary>
/// The endpoint of one method. gRPC goes straight to the handler; the other protocols are adapters in front of the same handler, so that
/// interceptors, deadlines, limits and authorization are the same for all.
/// </summary>
internal sealed class MethodEndpoint(CallHandler handler, IMethod method, ProtobufMethod? protobuf)
{
    private static readonly string[] s_post = [Microsoft.AspNetCore.Http.HttpMethods.Post];
    private static readonly string[] s_postAndGet = [Microsoft.AspNetCore.Http.HttpMethods.Post, Microsoft.AspNetCore.Http.HttpMethods.Get];

    // Many methods are never called by it, and its parser knows all types of a file.
    private readonly Lazy<ConnectEndpoint>? _connect =
        method.Type == MethodType.Unary && protobuf is not null ? new(() => new ConnectEndpoint(handler, protobuf)) : null;

    /// <summary>Runs the calls.</summary>
    public CallHandler Handler { get; } = handler;

    public IMethod Method { get; } = method;

    /// <summary>Null when the messages are not protobuf: gRPC is the only protocol then.</summary>
    public ProtobufMethod? Protobuf { get; } = protobuf;

    /// <summary>The HTTP methods that the endpoint answers.</summary>
    public IReadOnlyList<string> HttpMethods { get; } =
        method.Type == MethodType.Unary && protobuf is { HasNoSideEffects: true } ? s_postAndGet : s_post;

    /// <summary>The endpoint's request delegate.</summary>
    public Task HandleAsync(HttpContext httpContext) =>
        RequestCheck.IsGrpc(httpContext.Request) ? Handler.HandleAsync(httpContext) : HandleOtherAsync(httpContext);

    // By content type.
    private Task HandleOtherAsync(HttpContext httpContext)
    {
        var speaksWeb = AllowsWeb(httpContext);
        if (speaksWeb && WebContentType.TryRead(httpContext.Request.ContentType, out var isText))
        {
            return WebCall.HandleAsync(httpContext, Handler, isText);
        }

        return _connect?.Value.TryHandle(httpContext, out var answer) == true
            ? answer
            : RequestCheck.RefuseAsync(httpContext, Method, speaksConnect: _connect is not null, speaksWeb);
    }

    private bool AllowsWeb(HttpContext httpContext) =>
        httpContext.GetEndpoint()?.Metadata.GetMetadata<IGrpcWebEnabledMetadata>()?.GrpcWebEnabled ?? Handler.Settings.EnableGrpcWeb;
}
