namespace Grpc.Core;

/// <summary>How a transport takes call credentials apart.</summary>
public abstract class CallCredentialsConfiguratorBase
{
    /// <summary>The credentials consist of several.</summary>
    public abstract void SetCompositeCredentials(object? state, IReadOnlyList<CallCredentials> credentials);

    /// <summary>The credentials ask a delegate.</summary>
    public abstract void SetAsyncAuthInterceptorCredentials(object? state, AsyncAuthInterceptor interceptor);
}
