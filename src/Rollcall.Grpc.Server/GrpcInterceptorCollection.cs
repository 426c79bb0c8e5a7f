using System.Collections.ObjectModel;
using System.Diagnostics.CodeAnalysis;
using Grpc.Core.Interceptors;
using Microsoft.Extensions.DependencyInjection;

namespace Rollcall.Grpc.Server;

/// <summary>Interceptors in the order in which a call passes them. Each element makes the interceptor from the services of the call.</summary>
public sealed class GrpcInterceptorCollection : Collection<Func<IServiceProvider, Interceptor>>
{
    /// <summary>Appends one instance for all calls.</summary>
    public void Add(Interceptor interceptor)
    {
        ArgumentNullException.ThrowIfNull(interceptor);
        Add(_ => interceptor);
    }

    /// <summary>Appends a type: taken from the container when it is registered there, otherwise made for each call.</summary>
    public void Add<[DynamicallyAccessedMembers(DynamicallyAccessedMemberTypes.PublicConstructors)] TInterceptor>()
        where TInterceptor : Interceptor
    {
        var create = ActivatorUtilities.CreateFactory<TInterceptor>([]);
        Add(services => services.GetService<TInterceptor>() ?? create(services, []));
    }
}
