namespace Grpc.Core.Interceptors;

/// <summary>What intercepted handlers of each kind do. As extensions they become delegates whose target is the handler.</summary>
internal static class InterceptedHandlerExtensions
{
    public static Task<TResponse> Unary<TRequest, TResponse>(
        this InterceptedHandler<UnaryServerMethod<TRequest, TResponse>> handler, TRequest request, ServerCallContext context)
        where TRequest : class
        where TResponse : class => handler.Interceptor.UnaryServerHandler(request, context, handler.Inner);

    public static Task<TResponse> ClientStreaming<TRequest, TResponse>(
        this InterceptedHandler<ClientStreamingServerMethod<TRequest, TResponse>> handler,
        IAsyncStreamReader<TRequest> requests,
        ServerCallContext context)
        where TRequest : class
        where TResponse : class => handler.Interceptor.ClientStreamingServerHandler(requests, context, handler.Inner);

    public static Task ServerStreaming<TRequest, TResponse>(
        this InterceptedHandler<ServerStreamingServerMethod<TRequest, TResponse>> handler,
        TRequest request,
        IServerStreamWriter<TResponse> responses,
        ServerCallContext context)
        where TRequest : class
        where TResponse : class => handler.Interceptor.ServerStreamingServerHandler(request, responses, context, handler.Inner);

    public static Task DuplexStreaming<TRequest, TResponse>(
        this InterceptedHandler<DuplexStreamingServerMethod<TRequest, TResponse>> handler,
        IAsyncStreamReader<TRequest> requests,
        IServerStreamWriter<TResponse> responses,
        ServerCallContext context)
        where TRequest : class
        where TResponse : class => handler.Interceptor.DuplexStreamingServerHandler(requests, responses, context, handler.Inner);
}
