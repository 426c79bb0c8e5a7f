namespace Grpc.Core;

/// <summary>The call that an <see cref="AsyncAuthInterceptor"/> authenticates. Immutable.</summary>
public class AuthInterceptorContext
{
    /// <summary>A context without cancellation.</summary>
    public AuthInterceptorContext(string serviceUrl, string methodName)
        : this(serviceUrl, methodName, CancellationToken.None)
    {
    }

    /// <summary>A context.</summary>
    public AuthInterceptorContext(string serviceUrl, string methodName, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(serviceUrl);
        ArgumentNullException.ThrowIfNull(methodName);
        ServiceUrl = serviceUrl;
        MethodName = methodName;
        CancellationToken = cancellationToken;
    }

    /// <summary>URL of the service, such as <c>https://host/package.Service</c>.</summary>
    public string ServiceUrl { get; }

    /// <summary>Name of the method within the service.</summary>
    public string MethodName { get; }

    /// <summary>Cancellation of the call.</summary>
    public CancellationToken CancellationToken { get; }
}
