using System.Net;
using System.Threading.Channels;
using Microsoft.AspNetCore.Connections;

namespace Rollcall.Testing.Transport;

/// <summary>One agent's turn at the connections of a <see cref="TestTransport"/>.</summary>
internal sealed class TestListener(EndPoint endpoint, ChannelReader<ConnectionContext> arriving) : IConnectionListener
{
    private readonly CancellationTokenSource _unbound = new();

    public EndPoint EndPoint => endpoint;

    public async ValueTask<ConnectionContext?> AcceptAsync(CancellationToken cancellationToken = default)
    {
        try
        {
            return await arriving.ReadAsync(_unbound.Token).ConfigureAwait(false);
        }
        catch (Exception exception) when (exception is OperationCanceledException or ChannelClosedException)
        {
            return null;
        }
    }

    public ValueTask UnbindAsync(CancellationToken cancellationToken = default)
    {
        _unbound.Cancel();
        return ValueTask.CompletedTask;
    }

    public ValueTask DisposeAsync() => UnbindAsync();
}
