using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;
using Rollcall.Consul.Wire;

namespace Rollcall.Agent.Hosting;

/// <summary>
/// Starts the agent before everything else of a host, which may register with it, and stops it when the container disposes it. The container does that
/// after it disposed the clients, because their settings ask for the agent: so no watch sees the agent go.
/// </summary>
internal sealed class AgentHostedService : IHostedLifecycleService, IEmbeddedAgent, IAsyncDisposable
{
    private readonly IOptions<ConsulAgentOptions> _options;
    private readonly Lazy<Uri?> _address;
    private Socket? _socket;
    private ConsulAgent? _agent;

    public AgentHostedService(IOptions<ConsulAgentOptions> options) => (_options, _address) = (options, new(FindAddress));

    public ConsulAgent Agent => _agent
        ?? throw new InvalidOperationException("The agent starts with the host: ask for ConsulAgent after the host has started, not while it is built.");

    /// <summary>Also before the start: other services of the host make their clients while they are made themselves.</summary>
    /// <exception cref="ConsulAgentException">An option makes no sense, or the address can't be listened on.</exception>
    public Uri? Address => _address.Value;

    public async Task StartingAsync(CancellationToken cancellationToken) =>
        _agent = await ConsulAgent.StartHostedAsync(_options.Value, Interlocked.Exchange(ref _socket, null), cancellationToken).ConfigureAwait(false);

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public async ValueTask DisposeAsync()
    {
        _socket?.Dispose();
        if (_agent is { } agent)
        {
            await agent.StopAsync(CancellationToken.None).ConfigureAwait(false);
        }
    }

    private Uri? FindAddress()
    {
        var options = _options.Value;
        if (options.Transport is not null)
        {
            return null;
        }

        if (_agent is { } agent)
        {
            return agent.HttpAddress;
        }

        AgentAddresses.Resolve(options, out var client, out _);
        if (options.UnixSocket is { } path)
        {
            return new Uri($"unix://{Path.GetFullPath(path)}");
        }

        if (options.HttpPort == 0)
        {
            // A free port is taken now, and listened on at the start.
            _socket = new Socket(client[0].AddressFamily, SocketType.Stream, ProtocolType.Tcp);
            _socket.Bind(new IPEndPoint(client[0], 0));
        }

        var host = AgentAddresses.Reachable(client[0]).ToString();
        return options switch
        {
            { HttpPort: >= 0 } => new UriBuilder("http", host, (_socket?.LocalEndPoint as IPEndPoint)?.Port ?? options.HttpPort).Uri,
            { HttpsPort: > 0 } => new UriBuilder("https", host, options.HttpsPort).Uri,
            _ => null,
        };
    }
}
