using Microsoft.Extensions.DependencyInjection;

namespace Rollcall.Grpc.Client.DependencyInjection.Internal;

/// <summary>The names and types of a container's gRPC clients. Written while the container is set up, by one thread; read afterwards.</summary>
internal sealed class RegisteredClients
{
    private readonly Dictionary<string, Type> _types = new(StringComparer.Ordinal);

    /// <summary>Those of a container that is being set up.</summary>
    public static RegisteredClients Of(IServiceCollection services)
    {
        if (services.LastOrDefault(static s => s.ServiceType == typeof(RegisteredClients))?.ImplementationInstance is RegisteredClients known)
        {
            return known;
        }

        var made = new RegisteredClients();
        services.AddSingleton(made);
        return made;
    }

    /// <exception cref="InvalidOperationException">The builder is not of a gRPC client.</exception>
    public static void Require(IHttpClientBuilder builder)
    {
        ArgumentNullException.ThrowIfNull(builder);
        if (!Of(builder.Services).Contains(builder.Name))
        {
            throw new InvalidOperationException(
                $"'{builder.Name}' is not a gRPC client, so this setting would have no effect. Call it on what AddGrpcClient returns, not AddHttpClient.");
        }
    }

    public bool Contains(string name) => _types.ContainsKey(name);

    /// <exception cref="InvalidOperationException">Another type has the name.</exception>
    public void Add(string name, Type type)
    {
        if (_types.TryAdd(name, type) || _types[name] == type)
        {
            return;
        }

        throw new InvalidOperationException(
            $"The name '{name}' is that of the gRPC client {_types[name].FullName}, so {type.FullName} can't have it; a client that is given none "
            + $"is named after its type, without namespace. Give one: AddGrpcClient<{type.Name}>(\"another-name\", o => o.Address = …).");
    }

    /// <exception cref="InvalidOperationException">No client of the type has the name.</exception>
    public void Require(string name, Type type)
    {
        if (!_types.TryGetValue(name, out var known))
        {
            var names = _types.Count == 0 ? "none" : string.Join(", ", _types.Keys.Order(StringComparer.Ordinal));
            throw new InvalidOperationException(
                $"No gRPC client has the name '{name}' (there are: {names}). Add it: services.AddGrpcClient<{type.Name}>(\"{name}\", o => o.Address = …).");
        }

        if (known != type)
        {
            throw new InvalidOperationException($"The gRPC client '{name}' was added as {known.FullName} and is asked for as {type.FullName}.");
        }
    }
}
