using System.Net;
using Microsoft.AspNetCore.Connections;
using Rollcall.Agent.Overload;

namespace Rollcall.Agent.Http.Listening;

/// <summary>
/// Counts connections, closes those that are too many, and tells each which client it belongs to: by its address, so that what comes from one machine is one
/// client. Safe for use by many threads.
/// </summary>
/// <param name="load">Counts what clients hold.</param>
/// <param name="max">How many there may be at a time; null: any number.</param>
/// <param name="maxPerClient">How many one address may have; null: any number.</param>
internal sealed class ConnectionLimit(AgentLoad load, int? max, int? maxPerClient)
{
    private readonly Lock _lock = new();

    // Under _lock. An address without connections is not in it.
    private readonly Dictionary<IPAddress, ClientUse> _clients = [];

    public ConnectionDelegate Wrap(ConnectionDelegate next) => connection => RunAsync(connection, next);

    private async Task RunAsync(ConnectionContext connection, ConnectionDelegate next)
    {
        // Unix sockets are this machine's, and have no address to count by.
        var address = (connection.RemoteEndPoint as IPEndPoint)?.Address;
        try
        {
            if (load.Connect() > max)
            {
                Close(connection, RefusalReason.Connections, "There are too many connections.");
            }
            else if (address is null)
            {
                await next(connection).ConfigureAwait(false);
            }
            else if (TryEnter(address) is not { } client)
            {
                Close(connection, RefusalReason.ClientConnections, "The client has too many connections.");
            }
            else
            {
                try
                {
                    connection.Features.Set(client);
                    await next(connection).ConfigureAwait(false);
                }
                finally
                {
                    Leave(address);
                }
            }
        }
        finally
        {
            load.Disconnect();
        }
    }

    private void Close(ConnectionContext connection, RefusalReason reason, string text)
    {
        load.Count(reason);
        connection.Abort(new ConnectionAbortedException(text));
    }

    private ClientUse? TryEnter(IPAddress address)
    {
        lock (_lock)
        {
            var client = _clients.GetValueOrDefault(address);
            if ((client?.Connections ?? 0) >= maxPerClient)
            {
                return null;
            }

            client ??= _clients[address] = new ClientUse();
            client.Connections++;
            return client;
        }
    }

    private void Leave(IPAddress address)
    {
        lock (_lock)
        {
            if (--_clients[address].Connections == 0)
            {
                _clients.Remove(address);
            }
        }
    }
}
