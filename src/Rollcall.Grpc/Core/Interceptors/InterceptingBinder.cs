namespace Grpc.Core.Interceptors;

/// <summary>Copies the methods of a definition to a builder, each handler behind an interceptor.</summary>
internal sealed class InterceptingBinder(ServerServiceDefinition.Builder builder, Interceptor interceptor) : ServiceBinderBase
{
    public override void AddMethod<TRequest, TResponse>(Method<TRequest, TResponse> method, UnaryServerMethod<TRequest, TResponse>? handler) =>
        builder.AddMethod(method, Intercept(handler).Unary);

    public override void AddMethod<TRequest, TResponse>(
        Method<TRequest, TResponse> method, ClientStreamingServerMethod<TRequest, TResponse>? handler) =>
        builder.AddMethod(method, Intercept(handler).ClientStreaming);

    public override void AddMethod<TRequest, TResponse>(
        Method<TRequest, TResponse> method, ServerStreamingServerMethod<TRequest, TResponse>? handler) =>
        builder.AddMethod(method, Intercept(handler).ServerStreaming);

    public override void AddMethod<TRequest, TResponse>(
        Method<TRequest, TResponse> method, DuplexStreamingServerMethod<TRequest, TResponse>? handler) =>
        builder.AddMethod(method, Intercept(handler).DuplexStreaming);

    private InterceptedHandler<THandler> Intercept<THandler>(THandler? handler)
        where THandler : Delegate => new(interceptor, handler);
}
