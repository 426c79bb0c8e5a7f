using System.IO.Pipelines;
using System.Net;
using System.Threading.Channels;
using Microsoft.AspNetCore.Connections;

namespace Rollcall.Testing.Transport;

/// <summary>
/// Where a test's agent gets its connections from: a port, or memory, with nothing listening. It outlives the agent, so that the next one is found at
/// the same place; connections that come between the two wait, unless none is to follow. Safe for use by many threads.
/// </summary>
internal sealed class TestTransport : IConnectionListenerFactory, IAsyncDisposable
{
    private readonly Channel<ConnectionContext> _arriving = Channel.CreateUnbounded<ConnectionContext>();
    private readonly IConnectionListener? _port;
    private readonly Task _pump = Task.CompletedTask;
    private readonly Lock _lock = new();

    // Under _lock, with writing to _arriving: what nobody will take doesn't get there.
    private bool _refuses;

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
        return TryPass(connection)
            ? new PipeStream(toClient.Reader, toServer.Writer, connection.HangUp)
            : throw new IOException("The agent has stopped.");
    }

    public ValueTask<IConnectionListener> BindAsync(EndPoint endpoint, CancellationToken cancellationToken = default) =>
        ValueTask.FromResult<IConnectionListener>(new TestListener(_port?.EndPoint ?? endpoint, _arriving.Reader));

    /// <summary>There is an agent, or soon will be.</summary>
    public void Accept()
    {
        lock (_lock)
        {
            _refuses = false;
        }
    }

    /// <summary>There is no agent any more: connections are closed, those too that wait for one.</summary>
    public async Task RefuseAsync()
    {
        lock (_lock)
        {
            _refuses = true;
        }

        await CloseWaitingAsync().ConfigureAwait(false);
    }

    public async ValueTask DisposeAsync()
    {
        _arriving.Writer.TryComplete();
        if (_port is not null)
        {
            await _port.UnbindAsync().ConfigureAwait(false);
            await _port.DisposeAsync().ConfigureAwait(false);
        }

        await _pump.ConfigureAwait(false);
        await CloseWaitingAsync().ConfigureAwait(false);
    }

    private async Task PumpAsync(IConnectionListener port)
    {
        while (await port.AcceptAsync().ConfigureAwait(false) is { } connection)
        {
            if (!TryPass(connection))
            {
                await connection.DisposeAsync().ConfigureAwait(false);
            }
        }
    }

    private bool TryPass(ConnectionContext connection)
    {
        lock (_lock)
        {
            return !_refuses && _arriving.Writer.TryWrite(connection);
        }
    }

    private async Task CloseWaitingAsync()
    {
        while (_arriving.Reader.TryRead(out var nobodys))
        {
            await nobodys.DisposeAsync().ConfigureAwait(false);
        }
    }
}
