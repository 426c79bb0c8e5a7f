using Grpc.Core;
using Grpc.Core.Interceptors;

namespace Rollcall.Grpc.Client.DependencyInjection.Internal;

/// <summary>What all clients of a name have in common: channel, interceptors of scope Channel, and how the rest is made. Immutable.</summary>
internal sealed class ClientRecipe
{
    private readonly CallInvoker _shared;
    private readonly InterceptorRegistration[] _interceptors;
    private readonly Action<CallOptionsContext>[] _callOptions;

    /// <param name="channel">Where the calls go.</param>
    /// <param name="options">The client's settings.</param>
    /// <param name="services">For interceptors of scope Channel.</param>
    public ClientRecipe(GrpcChannel channel, GrpcClientFactoryOptions options, IServiceProvider services)
    {
        _shared = Intercept(channel.CreateCallInvoker(), [.. options.InterceptorRegistrations.Where(static r => r.Scope == InterceptorScope.Channel)], services);
        _interceptors = [.. options.InterceptorRegistrations.Where(static r => r.Scope == InterceptorScope.Client)];
        _callOptions = [.. options.CallOptionsActions];
        Creator = options.Creator;
    }

    /// <summary>Makes the client; null: its constructor does.</summary>
    public Func<CallInvoker, object?>? Creator { get; }

    /// <summary>What a client calls through.</summary>
    /// <param name="services">The scope that the client is for.</param>
    public CallInvoker CreateInvoker(IServiceProvider services)
    {
        var invoker = Intercept(_shared, _interceptors, services);
        return _callOptions.Length == 0 ? invoker : new CallOptionsInvoker(invoker, _callOptions, services);
    }

    private static CallInvoker Intercept(CallInvoker invoker, InterceptorRegistration[] registrations, IServiceProvider services) =>
        registrations.Length == 0 ? invoker : invoker.Intercept(Array.ConvertAll(registrations, r => r.Creator(services)));
}
