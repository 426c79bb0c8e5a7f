using Grpc.Core;

namespace Rollcall.Grpc.Server;

/// <summary>Collects methods whose handlers come with them.</summary>
internal sealed class DefinitionBinder(CallSettings settings) : ServiceBinderBase
{
    private readonly List<BoundMethod> _methods = [];

    public IReadOnlyList<BoundMethod> Methods => _methods;

    /// <summary>The class whose instance the definition was bound to, where its handlers tell.</summary>
    public Type ServiceType { get; private set; } = typeof(ServerServiceDefinition);

    public override void AddMethod<TRequest, TResponse>(
        Method<TRequest, TResponse> method, UnaryServerMethod<TRequest, TResponse>? handler) =>
        Add(method, FindImplementation(handler, method), new UnaryCallHandler<TRequest, TResponse>(settings, method, InterceptorPipeline.Wrap(settings, handler!)));

    public override void AddMethod<TRequest, TResponse>(
        Method<TRequest, TResponse> method, ClientStreamingServerMethod<TRequest, TResponse>? handler) =>
        Add(method, FindImplementation(handler, method), new ClientStreamingCallHandler<TRequest, TResponse>(settings, method, InterceptorPipeline.Wrap(settings, handler!)));

    public override void AddMethod<TRequest, TResponse>(
        Method<TRequest, TResponse> method, ServerStreamingServerMethod<TRequest, TResponse>? handler) =>
        Add(method, FindImplementation(handler, method), new ServerStreamingCallHandler<TRequest, TResponse>(settings, method, InterceptorPipeline.Wrap(settings, handler!)));

    public override void AddMethod<TRequest, TResponse>(
        Method<TRequest, TResponse> method, DuplexStreamingServerMethod<TRequest, TResponse>? handler) =>
        Add(method, FindImplementation(handler, method), new DuplexStreamingCallHandler<TRequest, TResponse>(settings, method, InterceptorPipeline.Wrap(settings, handler!)));

    // The handler behind all interceptors of the definition.
    private static Delegate FindImplementation(Delegate? handler, IMethod method)
    {
        while (handler?.Target is IInterceptedHandler intercepted)
        {
            handler = intercepted.Inner;
        }

        return handler
            ?? throw new InvalidOperationException($"The definition has no handler for {method.FullName}; bind it to a service instance.");
    }

    private void Add<TRequest, TResponse>(Method<TRequest, TResponse> method, Delegate implementation, CallHandler handler)
    {
        var type = implementation.Target?.GetType() ?? implementation.Method.DeclaringType;
        if (type is not null && BindMethodLocator.FindAttribute(type) is not null)
        {
            ServiceType = type;
        }

        _methods.Add(new BoundMethod(
            method,
            handler,
            [.. type?.GetCustomAttributes(inherit: true) ?? [], .. implementation.Method.GetCustomAttributes(inherit: true)],
            typeof(TRequest),
            typeof(TResponse)));
    }
}
