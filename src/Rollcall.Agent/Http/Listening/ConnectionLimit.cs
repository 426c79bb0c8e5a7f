using System.Net;
using Microsoft.AspNetCore.Connections;

namespace Rollcall.Agent.Http.Listening;

/// <summary>Closes connections of a client that has too many. Safe for use by many threads.</summary>
/// <param name="max">How many one address may have at a time.</param>
internal sealed class ConnectionLimit(int max)
{
    private readonly Lock _lock = new();

    // Under _lock. An address without connections is not in it.
    private readonly Dictionary<IPAddress, int> _open = [];

    public ConnectionDelegate Wrap(ConnectionDelegate next) => connection => RunAsync(connection, next);

    private async Task RunAsync(ConnectionContext connection, ConnectionDelegate next)
    {
        // Unix sockets are this machine's, and have no address to count by.
        if (connection.RemoteEndPoint is not IPEndPoint { Address: var client })
        {
            await next(connection).ConfigureAwait(false);
            return;
        }

        if (!TryEnter(client))
        {
            connection.Abort(new ConnectionAbortedException("The client has too many connections."));
            return;
        }

        try
        {
            await next(connection).ConfigureAwait(false);
        }
        finally
        {
            Leave(client);
        }
    }

    private bool TryEnter(IPAddress client)
    {
        lock (_lock)
        {
            var open = _open.GetValueOrDefault(client);
            if (open >= max)
            {
                return false;
            }

            _open[client] = open + 1;
            return true;
        }
    }

    private void Leave(IPAddress client)
    {
        lock (_lock)
        {
            if (--_open[client] == 0)
            {
                _open.Remove(client);
            }
        }
    }
}
