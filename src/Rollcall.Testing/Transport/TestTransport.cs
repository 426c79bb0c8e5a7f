using System.IO.Pipelines;
using System.Net;
using System.Threading.Channels;
using Microsoft.AspNetCore.Connections;

namespace Rollcall.Testing.Transport;

/// <summary>
/// Where a test's agent gets its connections from: a port, or memory, with nothing listening. It outlives the agent, so that the next one is found at
/// the same place; connections that come between the two wait. Safe for use by many threads.
/// </summary>
internal sealed class TestTransport : IConnectionListenerFactory, IAsyncDisposable
{
    private readonly Channel<ConnectionContext> _arriving = Channel.CreateUnbounded<ConnectionContext>();
    private readonly IConnectionListener? _port;
    private readonly Task _pump = Task.CompletedTask;

    /// <param name="port">Listens already. Null: connections are made by <see cref="Connect"/>.</param>
    public TestTransport(IConnectionListener? port)
    {
        _port = port;
        if (port is not null)
        {
            _pump = PumpAsync(port);
        }
    }

    /// <summary>The client's end of a new connection through memory: HTTP as it would be on the wire.</summary>
    /// <exception cref="IOException">The agent has stopped.</exception>
    public Stream Connect()
    {
        var toServer = new Pipe();
        var toClient = new Pipe();
        var connection = new MemoryConnection(new DuplexPipe(toServer.Reader, toClient.Writer));
        return _arriving.Writer.TryWrite(connection)
            ? new PipeStream(toClient.Reader, toServer.Writer, connection.HangUp)
            : throw new IOException("The agent has stopped.");
    }

    public ValueTask<IConnectionListener> BindAsync(EndPoint endpoint, CancellationToken cancellationToken = default) =>
        ValueTask.FromResult<IConnectionListener>(new TestListener(_port?.EndPoint ?? endpoint, _arriving.Reader));

    public async ValueTask DisposeAsync()
    {
        _arriving.Writer.TryComplete();
        if (_port is not null)
        {
            await _port.UnbindAsync().ConfigureAwait(false);
            await _port.DisposeAsync().ConfigureAwait(false);
        }

        await _pump.ConfigureAwait(false);
        while (_arriving.Reader.TryRead(out var nobodys))
        {
            await nobodys.DisposeAsync().ConfigureAwait(false);
        }
    }

    private async Task PumpAsync(IConnectionListener port)
    {
        while (await port.AcceptAsync().ConfigureAwait(false) is { } connection)
        {
            if (!_arriving.Writer.TryWrite(connection))
            {
                await connection.DisposeAsync().ConfigureAwait(false);
            }
        }
    }
}
