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
        Add(method, new UnaryCallHandler<TRequest, TResponse>(settings, method, InterceptorPipeline.Wrap(settings, Require(handler, method))));

    public override void AddMethod<TRequest, TResponse>(
        Method<TRequest, TResponse> method, ClientStreamingServerMethod<TRequest, TResponse>? handler) =>
        Add(method, new ClientStreamingCallHandler<TRequest, TResponse>(settings, method, InterceptorPipeline.Wrap(settings, Require(handler, method))));

    public override void AddMethod<TRequest, TResponse>(
        Method<TRequest, TResponse> method, ServerStreamingServerMethod<TRequest, TResponse>? handler) =>
        Add(method, new ServerStreamingCallHandler<TRequest, TResponse>(settings, method, InterceptorPipeline.Wrap(settings, Require(handler, method))));

    public override void AddMethod<TRequest, TResponse>(
        Method<TRequest, TResponse> method, DuplexStreamingServerMethod<TRequest, TResponse>? handler) =>
        Add(method, new DuplexStreamingCallHandler<TRequest, TResponse>(settings, method, InterceptorPipeline.Wrap(settings, Require(handler, method))));

    private THandler Require<THandler>(THandler? handler, IMethod method)
        where THandler : Delegate
    {
        if (handler is null)
        {
            throw new InvalidOperationException($"The definition has no handler for {method.FullName}; bind it to a service instance.");
        }

        if (handler.Target?.GetType() is { } target && BindMethodLocator.FindAttribute(target) is not null)
        {
            ServiceType = target;
        }

        return handler;
    }

    private void Add<TRequest, TResponse>(Method<TRequest, TResponse> method, CallHandler handler) =>
        _methods.Add(new BoundMethod(method, handler, [], typeof(TRequest), typeof(TResponse)));
}
