namespace Grpc.Core;

/// <summary>Credentials that add metadata to a call. Immutable.</summary>
public abstract class CallCredentials
{
    /// <summary>Credentials that apply several others in order.</summary>
    public static CallCredentials Compose(params CallCredentials[] credentials) => new CompositeCallCredentials(credentials);

    /// <summary>Credentials that ask a delegate for the metadata of each call.</summary>
    public static CallCredentials FromInterceptor(AsyncAuthInterceptor interceptor) => new InterceptorCallCredentials(interceptor);

    /// <summary>Tells a transport what these credentials are made of.</summary>
    public abstract void InternalPopulateConfiguration(CallCredentialsConfiguratorBase configurator, object? state);
}
