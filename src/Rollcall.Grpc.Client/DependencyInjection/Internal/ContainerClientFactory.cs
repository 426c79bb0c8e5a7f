using Microsoft.Extensions.DependencyInjection;

namespace Rollcall.Grpc.Client.DependencyInjection.Internal;

/// <summary>Makes clients for whoever it was injected into: their interceptors and credentials see that scope.</summary>
internal sealed class ContainerClientFactory(IServiceProvider services, RegisteredClients registered, ClientRecipes recipes) : GrpcClientFactory
{
    public override TClient CreateClient<TClient>(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        registered.Require(name, typeof(TClient));
        var recipe = recipes.Get(name);
        var invoker = recipe.CreateInvoker(services);
        if (recipe.Creator is not { } create)
        {
            return services.GetRequiredService<ClientActivator<TClient>>().Create(services, invoker);
        }

        return create(invoker) switch
        {
            TClient client => client,
            null => throw new InvalidOperationException($"The creator of the gRPC client '{name}' returned null; it must return a {typeof(TClient).FullName}."),
            var other => throw new InvalidOperationException(
                $"The creator of the gRPC client '{name}' returned a {other.GetType().FullName}; it must return a {typeof(TClient).FullName}."),
        };
    }
}
