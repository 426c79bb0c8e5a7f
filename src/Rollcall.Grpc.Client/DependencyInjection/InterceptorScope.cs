namespace Rollcall.Grpc.Client.DependencyInjection;

/// <summary>How long an interceptor of a client lives.</summary>
public enum InterceptorScope
{
    /// <summary>There is one for all clients of the name. It may need singletons only.</summary>
    Channel,

    /// <summary>There is one for each client, made from the scope that the client came from.</summary>
    Client,
}
