namespace Grpc.Core.Interceptors;

/// <summary>Puts interceptors around the handlers of a service.</summary>
public static class ServerServiceDefinitionExtensions
{
    /// <summary>A definition whose handlers are reached through the interceptor. The given one stays as it is.</summary>
    public static ServerServiceDefinition Intercept(this ServerServiceDefinition serverServiceDefinition, Interceptor interceptor)
    {
        ArgumentNullException.ThrowIfNull(serverServiceDefinition);
        ArgumentNullException.ThrowIfNull(interceptor);
        var builder = ServerServiceDefinition.CreateBuilder();
        serverServiceDefinition.BindService(new InterceptingBinder(builder, interceptor));
        return builder.Build();
    }

    /// <summary>A definition whose handlers are reached through the interceptors in the order given. The given one stays as it is.</summary>
    public static ServerServiceDefinition Intercept(this ServerServiceDefinition serverServiceDefinition, params Interceptor[] interceptors)
    {
        ArgumentNullException.ThrowIfNull(serverServiceDefinition);
        ArgumentNullException.ThrowIfNull(interceptors);
        for (var i = interceptors.Length - 1; i >= 0; i--)
        {
            serverServiceDefinition = serverServiceDefinition.Intercept(interceptors[i]);
        }

        return serverServiceDefinition;
    }
}
