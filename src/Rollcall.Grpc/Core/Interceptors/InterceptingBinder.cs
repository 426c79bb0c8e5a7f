namespace Grpc.Core.Interceptors;

/// <summary>Copies the methods of a definition to a builder, each handler behind an interceptor.</summary>
internal sealed class InterceptingBinder(ServerServiceDefinition.Builder builder, Interceptor interceptor) : ServiceBinderBase
{
    public override void AddMethod<TRequest, TResponse>(Method<TRequest, TResponse> method, UnaryServerMethod<TRequest, TResponse>? handler) =>
        builder.AddMethod(method, (request, context) => interceptor.UnaryServerHandler(request, context, handler!));

    public override void AddMethod<TRequest, TResponse>(
        Method<TRequest, TResponse> method, ClientStreamingServerMethod<TRequest, TResponse>? handler) =>
        builder.AddMethod(method, (requests, context) => interceptor.ClientStreamingServerHandler(requests, context, handler!));

    public override void AddMethod<TRequest, TResponse>(
        Method<TRequest, TResponse> method, ServerStreamingServerMethod<TRequest, TResponse>? handler) =>
        builder.AddMethod(method, (request, responses, context) => interceptor.ServerStreamingServerHandler(request, responses, context, handler!));

    public override void AddMethod<TRequest, TResponse>(
        Method<TRequest, TResponse> method, DuplexStreamingServerMethod<TRequest, TResponse>? handler) =>
        builder.AddMethod(method, (requests, responses, context) => interceptor.DuplexStreamingServerHandler(requests, responses, context, handler!));
}
