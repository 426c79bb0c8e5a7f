using Grpc.Core;
using Grpc.Core.Interceptors;

namespace Rollcall.Grpc.Server;

/// <summary>Wraps a handler in the configured interceptors, the first outermost. Done once per method; only the interceptors are made per call.</summary>
internal static class InterceptorPipeline
{
    public static UnaryServerMethod<TRequest, TResponse> Wrap<TRequest, TResponse>(
        CallSettings settings, UnaryServerMethod<TRequest, TResponse> handler)
        where TRequest : class
        where TResponse : class
    {
        foreach (var create in settings.Interceptors.Reverse())
        {
            var next = handler;
            handler = (request, context) => Make(create, context).UnaryServerHandler(request, context, next);
        }

        return handler;
    }

    public static ClientStreamingServerMethod<TRequest, TResponse> Wrap<TRequest, TResponse>(
        CallSettings settings, ClientStreamingServerMethod<TRequest, TResponse> handler)
        where TRequest : class
        where TResponse : class
    {
        foreach (var create in settings.Interceptors.Reverse())
        {
            var next = handler;
            handler = (requests, context) => Make(create, context).ClientStreamingServerHandler(requests, context, next);
        }

        return handler;
    }

    public static ServerStreamingServerMethod<TRequest, TResponse> Wrap<TRequest, TResponse>(
        CallSettings settings, ServerStreamingServerMethod<TRequest, TResponse> handler)
        where TRequest : class
        where TResponse : class
    {
        foreach (var create in settings.Interceptors.Reverse())
        {
            var next = handler;
            handler = (request, responses, context) => Make(create, context).ServerStreamingServerHandler(request, responses, context, next);
        }

        return handler;
    }

    public static DuplexStreamingServerMethod<TRequest, TResponse> Wrap<TRequest, TResponse>(
        CallSettings settings, DuplexStreamingServerMethod<TRequest, TResponse> handler)
        where TRequest : class
        where TResponse : class
    {
        foreach (var create in settings.Interceptors.Reverse())
        {
            var next = handler;
            handler = (requests, responses, context) => Make(create, context).DuplexStreamingServerHandler(requests, responses, context, next);
        }

        return handler;
    }

    // What other elements of the collection make is theirs to dispose; only an activator tells its own from the container's.
    private static Interceptor Make(Func<IServiceProvider, Interceptor> create, ServerCallContext context)
    {
        var httpContext = context.GetHttpContext();
        return create.Target is InterceptorActivator activator ? activator.Create(httpContext) : create(httpContext.RequestServices);
    }
}
