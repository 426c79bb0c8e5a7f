using Grpc.Core;

namespace Rollcall.Grpc.Server;

/// <summary>Collects methods whose handlers come with them.</summary>
internal sealed class DefinitionBinder(CallSettings settings) : ServiceBinderBase
{
    private readonly List<BoundMethod> _methods = [];

    public IReadOnlyList<BoundMethod> Methods => _methods;

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

    private static THandler Require<THandler>(THandler? handler, IMethod method)
        where THandler : Delegate =>
        handler ?? throw new InvalidOperationException($"The definition has no handler for {method.FullName}; bind it to a service instance.");

    private void Add(IMethod method, CallHandler handler) => _methods.Add(new BoundMethod(method, handler, []));
}
