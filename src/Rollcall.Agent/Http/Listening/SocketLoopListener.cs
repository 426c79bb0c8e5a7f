using System.Net;
using System.Net.Sockets;
using System.Runtime.Versioning;
using Microsoft.AspNetCore.Connections;
using Microsoft.Extensions.Logging;

namespace Rollcall.Agent.Http.Listening;

/// <summary>Where connections come from; they go to its loops by turns.</summary>
[SupportedOSPlatform("linux")]
internal sealed class SocketLoopListener : IConnectionListener
{
    private readonly Socket _socket;

    // Half of the processors: a thread that finds much at once spends less on waiting and being woken than two that find half of it.
    private readonly SocketLoop[] _loops;
    private uint _next;

    public SocketLoopListener(Socket socket, int? threads, ILogger<SocketLoop> logger)
    {
        (_socket, EndPoint) = (socket, socket.LocalEndPoint!);
        _loops = [.. Enumerable.Range(0, threads ?? ((Environment.ProcessorCount + 1) / 2)).Select(_ => new SocketLoop(logger))];
    }

    public EndPoint EndPoint { get; }

    public async ValueTask<ConnectionContext?> AcceptAsync(CancellationToken cancellationToken = default)
    {
        while (true)
        {
            try
            {
                var socket = await _socket.AcceptAsync(cancellationToken).ConfigureAwait(false);
                if (TryConnect(socket) is { } connection)
                {
                    return connection;
                }
            }
            catch (Exception exception) when (exception is ObjectDisposedException or SocketException { SocketErrorCode: SocketError.OperationAborted })
            {
                return null;
            }
            catch (SocketException exception)
            {
                // The client has gone already, or there is no handle left for it.
                await HandleShortage.RestAsync(exception, TimeProvider.System, cancellationToken).ConfigureAwait(false);
            }
        }
    }

    public ValueTask UnbindAsync(CancellationToken cancellationToken = default)
    {
        _socket.Dispose();
        return ValueTask.CompletedTask;
    }

    public async ValueTask DisposeAsync()
    {
        _socket.Dispose();
        foreach (var loop in _loops)
        {
            await loop.DisposeAsync().ConfigureAwait(false);
        }
    }

    private SocketConnection? TryConnect(Socket socket)
    {
        try
        {
            if (EndPoint is IPEndPoint)
            {
                socket.NoDelay = true;
            }

            var loop = _loops[_next++ % _loops.Length];
            var connection = new SocketConnection(socket, loop);
            loop.Add(connection);
            return connection;
        }
        catch (Exception exception) when (exception is SocketException or IOException)
        {
            // The client has gone again, or the system has no room for one more.
            socket.Dispose();
            return null;
        }
    }
}
