using System.Diagnostics.CodeAnalysis;
using Grpc.Core.Interceptors;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;

namespace Rollcall.Grpc.Server;

/// <summary>Makes the interceptors of a type: by the container if it is registered there and takes no arguments, otherwise one for each call.</summary>
internal sealed class InterceptorActivator(
    [DynamicallyAccessedMembers(DynamicallyAccessedMemberTypes.PublicConstructors)] Type type, object[] args)
{
    private readonly ObjectFactory _create = ActivatorUtilities.CreateFactory(type, Type.GetTypeArray(args));

    /// <summary>For callers that have services and no call; one that was not made by the container is theirs to dispose.</summary>
    public Interceptor Create(IServiceProvider services) => Find(services) ?? Make(services);

    /// <summary>The interceptor of one call. It is disposed when the response is complete; the container disposes what it made.</summary>
    public Interceptor Create(HttpContext httpContext)
    {
        var services = httpContext.RequestServices;
        if (Find(services) is { } registered)
        {
            return registered;
        }

        var made = Make(services);
        if (made is IAsyncDisposable asynchronous)
        {
            httpContext.Response.RegisterForDisposeAsync(asynchronous);
        }
        else if (made is IDisposable disposable)
        {
            httpContext.Response.RegisterForDispose(disposable);
        }

        return made;
    }

    private Interceptor? Find(IServiceProvider services) => args.Length == 0 ? (Interceptor?)services.GetService(type) : null;

    private Interceptor Make(IServiceProvider services) => (Interceptor)_create(services, args);
}
