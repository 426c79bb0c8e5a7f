using System.Net;
using System.Net.Sockets;
using System.Runtime.Versioning;
using Microsoft.AspNetCore.Connections;
using Microsoft.Extensions.Logging;

namespace Rollcall.Agent.Http.Listening;

/// <summary>Listens, and gives the connections to loops of its own.</summary>
/// <param name="bind">Makes a bound socket.</param>
/// <param name="threads">How many loops there are. Null: one for two processors.</param>
/// <param name="logger">Hears of what should not be.</param>
[SupportedOSPlatform("linux")]
internal sealed class SocketLoopTransport(Func<EndPoint, Socket> bind, int? threads, ILogger<SocketLoop> logger) : IConnectionListenerFactory
{
    public ValueTask<IConnectionListener> BindAsync(EndPoint endpoint, CancellationToken cancellationToken = default)
    {
        Socket socket;
        try
        {
            socket = bind(endpoint);
        }
        catch (SocketException exception) when (exception.SocketErrorCode == SocketError.AddressAlreadyInUse)
        {
            throw new AddressInUseException(exception.Message, exception);
        }

        socket.Listen();
        return new ValueTask<IConnectionListener>(new SocketLoopListener(socket, threads, logger));
    }
}
