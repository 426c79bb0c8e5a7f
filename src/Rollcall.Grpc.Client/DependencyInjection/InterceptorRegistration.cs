using Grpc.Core.Interceptors;

namespace Rollcall.Grpc.Client.DependencyInjection;

/// <summary>An interceptor of a client. Immutable.</summary>
public class InterceptorRegistration
{
    /// <param name="scope">How long it lives.</param>
    /// <param name="creator">Makes it, from the container that fits the scope.</param>
    public InterceptorRegistration(InterceptorScope scope, Func<IServiceProvider, Interceptor> creator)
    {
        ArgumentNullException.ThrowIfNull(creator);
        Scope = scope;
        Creator = creator;
    }

    /// <summary>How long it lives.</summary>
    public InterceptorScope Scope { get; }

    /// <summary>Makes it.</summary>
    public Func<IServiceProvider, Interceptor> Creator { get; }
}
