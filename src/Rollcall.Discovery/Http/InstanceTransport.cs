using System.Net;
using System.Net.Sockets;

namespace Rollcall.Discovery.Http;

/// <summary>
/// The connections to one instance. The requests stay as the caller wrote them: the name in their address is what the instance sees, and has
/// to prove under TLS; only the connection goes elsewhere than the name would lead.
/// </summary>
internal sealed class InstanceTransport : IDisposable
{
    // A machine that is gone is noticed after this time, also while nothing is sent.
    private const int DeadPeerSeconds = 20;

    private readonly HttpMessageInvoker _invoker;
    private volatile bool _retired;

    public InstanceTransport(Endpoint endpoint, Action<SocketsHttpHandler>? configure)
    {
        var handler = new SocketsHttpHandler
        {
            AllowAutoRedirect = false,
            ConnectTimeout = DiscoveryHandlerOptions.DefaultConnectTimeout,
            EnableMultipleHttp2Connections = true,
            UseCookies = false,
            UseProxy = false,
        };
        configure?.Invoke(handler);
        handler.ConnectCallback = (_, cancellationToken) => ConnectAsync(endpoint, cancellationToken);
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

    private static async ValueTask<Stream> ConnectAsync(Endpoint endpoint, CancellationToken cancellationToken)
    {
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            socket.SetSocketOption(SocketOptionLevel.Socket, SocketOptionName.KeepAlive, true);
            socket.SetSocketOption(SocketOptionLevel.Tcp, SocketOptionName.TcpKeepAliveTime, DeadPeerSeconds / 2);
            socket.SetSocketOption(SocketOptionLevel.Tcp, SocketOptionName.TcpKeepAliveInterval, DeadPeerSeconds / 4);
            socket.SetSocketOption(SocketOptionLevel.Tcp, SocketOptionName.TcpKeepAliveRetryCount, 2);
            await socket.ConnectAsync(new DnsEndPoint(endpoint.Host, endpoint.Port), cancellationToken).ConfigureAwait(false);
            return new NetworkStream(socket, ownsSocket: true);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }
}
