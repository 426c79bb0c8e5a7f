using System.Diagnostics.CodeAnalysis;
using System.Reflection;
using Grpc.Core;

namespace Rollcall.Grpc.Server;

/// <summary>Collects the methods of a service class; each handler makes its own instance.</summary>
internal sealed class InstancePerCallBinder<
    [DynamicallyAccessedMembers(DynamicallyAccessedMemberTypes.PublicConstructors | DynamicallyAccessedMemberTypes.PublicMethods)] TService>(
    CallSettings settings, ServiceActivator<TService> activator) : ServiceBinderBase
    where TService : class
{
    private readonly List<BoundMethod> _methods = [];

    public IReadOnlyList<BoundMethod> Methods => _methods;

    public override void AddMethod<TRequest, TResponse>(
        Method<TRequest, TResponse> method, UnaryServerMethod<TRequest, TResponse>? handler)
    {
        var implementation = Find(method, typeof(TRequest), typeof(ServerCallContext));
        var invoke = implementation.CreateDelegate<Func<TService, TRequest, ServerCallContext, Task<TResponse>>>();
        UnaryServerMethod<TRequest, TResponse> perCall = activator.MustDispose
            ? (request, context) => RunAndDisposeAsync(context, service => invoke(service, request, context))
            : (request, context) => invoke(Create(context), request, context);
        Add(method, implementation, new UnaryCallHandler<TRequest, TResponse>(settings, method, InterceptorPipeline.Wrap(settings, perCall)));
    }

    public override void AddMethod<TRequest, TResponse>(
        Method<TRequest, TResponse> method, ClientStreamingServerMethod<TRequest, TResponse>? handler)
    {
        var implementation = Find(method, typeof(IAsyncStreamReader<TRequest>), typeof(ServerCallContext));
        var invoke = implementation.CreateDelegate<Func<TService, IAsyncStreamReader<TRequest>, ServerCallContext, Task<TResponse>>>();
        ClientStreamingServerMethod<TRequest, TResponse> perCall = activator.MustDispose
            ? (requests, context) => RunAndDisposeAsync(context, service => invoke(service, requests, context))
            : (requests, context) => invoke(Create(context), requests, context);
        Add(method, implementation, new ClientStreamingCallHandler<TRequest, TResponse>(settings, method, InterceptorPipeline.Wrap(settings, perCall)));
    }

    public override void AddMethod<TRequest, TResponse>(
        Method<TRequest, TResponse> method, ServerStreamingServerMethod<TRequest, TResponse>? handler)
    {
        var implementation = Find(method, typeof(TRequest), typeof(IServerStreamWriter<TResponse>), typeof(ServerCallContext));
        var invoke = implementation.CreateDelegate<Func<TService, TRequest, IServerStreamWriter<TResponse>, ServerCallContext, Task>>();
        ServerStreamingServerMethod<TRequest, TResponse> perCall = activator.MustDispose
            ? (request, responses, context) => RunAndDisposeAsync(context, service => invoke(service, request, responses, context))
            : (request, responses, context) => invoke(Create(context), request, responses, context);
        Add(method, implementation, new ServerStreamingCallHandler<TRequest, TResponse>(settings, method, InterceptorPipeline.Wrap(settings, perCall)));
    }

    public override void AddMethod<TRequest, TResponse>(
        Method<TRequest, TResponse> method, DuplexStreamingServerMethod<TRequest, TResponse>? handler)
    {
        var implementation = Find(
            method, typeof(IAsyncStreamReader<TRequest>), typeof(IServerStreamWriter<TResponse>), typeof(ServerCallContext));
        var invoke = implementation
            .CreateDelegate<Func<TService, IAsyncStreamReader<TRequest>, IServerStreamWriter<TResponse>, ServerCallContext, Task>>();
        DuplexStreamingServerMethod<TRequest, TResponse> perCall = activator.MustDispose
            ? (requests, responses, context) => RunAndDisposeAsync(context, service => invoke(service, requests, responses, context))
            : (requests, responses, context) => invoke(Create(context), requests, responses, context);
        Add(method, implementation, new DuplexStreamingCallHandler<TRequest, TResponse>(settings, method, InterceptorPipeline.Wrap(settings, perCall)));
    }

    private static MethodInfo Find(IMethod method, params Type[] parameters) =>
        typeof(TService).GetMethod(method.Name, BindingFlags.Public | BindingFlags.Instance, parameters)
        ?? throw new InvalidOperationException(
            $"{typeof(TService)} has no public method {method.Name}({string.Join(", ", parameters.Select(type => type.Name))}) for {method.FullName}.");

    private TService Create(ServerCallContext context) => activator.Create(context.GetHttpContext());

    private async Task<TResponse> RunAndDisposeAsync<TResponse>(ServerCallContext context, Func<TService, Task<TResponse>> run)
    {
        var service = Create(context);
        try
        {
            return await run(service).ConfigureAwait(false);
        }
        finally
        {
            await ServiceActivator<TService>.DisposeAsync(service).ConfigureAwait(false);
        }
    }

    private async Task RunAndDisposeAsync(ServerCallContext context, Func<TService, Task> run)
    {
        var service = Create(context);
        try
        {
            await run(service).ConfigureAwait(false);
        }
        finally
        {
            await ServiceActivator<TService>.DisposeAsync(service).ConfigureAwait(false);
        }
    }

    private void Add<TRequest, TResponse>(Method<TRequest, TResponse> method, MethodInfo implementation, CallHandler handler) =>
        _methods.Add(new BoundMethod(
            method,
            handler,
            [.. typeof(TService).GetCustomAttributes(inherit: true), .. implementation.GetCustomAttributes(inherit: true)],
            typeof(TRequest),
            typeof(TResponse)));
}
