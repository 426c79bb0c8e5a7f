namespace Rollcall.Grpc.Client.Internal;

/// <summary>The connections to one endpoint.</summary>
internal sealed class EndpointTransport(HttpMessageInvoker invoker, bool isShared)
{
    private volatile bool _retired;

    public HttpMessageInvoker Invoker => invoker;

    /// <summary>The user's own handler, which may do anything with a request, and keep it.</summary>
    public bool IsShared => isShared;

    /// <summary>Takes no more calls.</summary>
    public bool IsRetired => _retired;

    /// <summary>Takes no more calls, and closes each connection when its last call has ended.</summary>
    public void Retire()
    {
        _retired = true;

        // SocketsHttpHandler lets running streams end before it closes their connection.
        invoker.Dispose();
    }
}
