using System.Net;
using System.Net.Sockets;
using Rollcall.Discovery.Balancing;

namespace Rollcall.Discovery.Http;

/// <summary>
/// The connections to one instance. The requests stay as the caller wrote them: the name in their address is what the instance sees, and has
/// to prove under TLS; only the connection goes elsewhere than the name would lead.
/// </summary>
internal sealed class InstanceTransport : IDisposable
{
    private readonly HttpMessageInvoker _invoker;
    private volatile bool _retired;

    /// <param name="endpoint">The instance.</param>
    /// <param name="balancer">Knows the other instances. Not owned.</param>
    /// <param name="configure">Changes the handler.</param>
    public InstanceTransport(Endpoint endpoint, ServiceBalancer balancer, Action<SocketsHttpHandler>? configure)
    {
        var connector = new EndpointConnector(endpoint, balancer);
        var handler = OwnHandler.Create(configure, usesProxy: false, goesByName: !IPAddress.TryParse(endpoint.Host, out _));
        handler.ConnectCallback = async (_, cancellationToken) =>
            new NetworkStream(await connector.ConnectAsync(cancellationToken).ConfigureAwait(false), ownsSocket: true);
        _invoker = new HttpMessageInvoker(handler);
    }

    /// <summary>Takes no more requests.</summary>
    public bool IsRetired => _retired;

    /// <exception cref="ObjectDisposedException">At once: it is retired, and the request was not sent.</exception>
    public Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken) =>
        _invoker.SendAsync(request, cancellationToken);

    /// <summary>Takes no more requests. Those that are running end first: <see cref="SocketsHttpHandler"/> closes each connection after its last one.</summary>
    public void Dispose()
    {
        _retired = true;
        _invoker.Dispose();
    }
}
