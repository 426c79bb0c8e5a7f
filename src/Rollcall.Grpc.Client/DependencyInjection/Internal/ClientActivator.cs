using Grpc.Core;
using Microsoft.Extensions.DependencyInjection;

namespace Rollcall.Grpc.Client.DependencyInjection.Internal;

/// <summary>Calls the constructor of a client that takes a call invoker, and whatever else the container has. Thread-safe.</summary>
internal sealed class ClientActivator<TClient>
    where TClient : class
{
    private readonly Lazy<ObjectFactory<TClient>> _create = new(static () => ActivatorUtilities.CreateFactory<TClient>([typeof(CallInvoker)]));

    public TClient Create(IServiceProvider services, CallInvoker invoker) => _create.Value(services, [invoker]);
}
