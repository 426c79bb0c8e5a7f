namespace Grpc.Core;

/// <summary>
/// Receives the methods of a service from generated code. The handler is null when the service is bound without an instance;
/// the receiver then makes an instance for each call.
/// </summary>
public class ServiceBinderBase
{
    /// <summary>Receives a unary method.</summary>
    public virtual void AddMethod<TRequest, TResponse>(
        Method<TRequest, TResponse> method, UnaryServerMethod<TRequest, TResponse>? handler)
        where TRequest : class
        where TResponse : class => throw NotSupported(method);

    /// <summary>Receives a client-streaming method.</summary>
    public virtual void AddMethod<TRequest, TResponse>(
        Method<TRequest, TResponse> method, ClientStreamingServerMethod<TRequest, TResponse>? handler)
        where TRequest : class
        where TResponse : class => throw NotSupported(method);

    /// <summary>Receives a server-streaming method.</summary>
    public virtual void AddMethod<TRequest, TResponse>(
        Method<TRequest, TResponse> method, ServerStreamingServerMethod<TRequest, TResponse>? handler)
        where TRequest : class
        where TResponse : class => throw NotSupported(method);

    /// <summary>Receives a duplex method.</summary>
    public virtual void AddMethod<TRequest, TResponse>(
        Method<TRequest, TResponse> method, DuplexStreamingServerMethod<TRequest, TResponse>? handler)
        where TRequest : class
        where TResponse : class => throw NotSupported(method);

    private NotSupportedException NotSupported(IMethod method) =>
        new($"{GetType()} does not support {method.Type} methods such as {method.FullName}; override AddMethod.");
}
