using System.Collections.ObjectModel;
using System.Diagnostics.CodeAnalysis;
using Grpc.Core.Interceptors;

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

    /// <summary>
    /// Appends a type: taken from the container when it is registered there and has no arguments here, otherwise made for each call and disposed
    /// after it.
    /// </summary>
    /// <param name="args">Arguments of its constructor that don't come from the container.</param>
    public void Add<[DynamicallyAccessedMembers(DynamicallyAccessedMemberTypes.PublicConstructors)] TInterceptor>(params object[] args)
        where TInterceptor : Interceptor =>
        Add(typeof(TInterceptor), args);

    /// <summary>
    /// Appends a type: taken from the container when it is registered there and has no arguments here, otherwise made for each call and disposed
    /// after it.
    /// </summary>
    /// <param name="interceptorType">Derives from <see cref="Interceptor"/>.</param>
    /// <param name="args">Arguments of its constructor that don't come from the container.</param>
    /// <exception cref="ArgumentException">The type is no interceptor.</exception>
    public void Add([DynamicallyAccessedMembers(DynamicallyAccessedMemberTypes.PublicConstructors)] Type interceptorType, params object[] args)
    {
        ArgumentNullException.ThrowIfNull(interceptorType);
        ArgumentNullException.ThrowIfNull(args);
        if (!interceptorType.IsSubclassOf(typeof(Interceptor)))
        {
            throw new ArgumentException($"{interceptorType} does not derive from {typeof(Interceptor)}.", nameof(interceptorType));
        }

        Add(new InterceptorActivator(interceptorType, args).Create);
    }
}
