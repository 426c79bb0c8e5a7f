using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;

namespace Rollcall.Agent.Hosting;

/// <summary>Starts the agent before everything else of a host, which may register with it, and stops it after everything else, which may deregister.</summary>
internal sealed class AgentHostedService(IOptions<ConsulAgentOptions> options) : IHostedLifecycleService, IAsyncDisposable
{
    private ConsulAgent? _agent;

    public ConsulAgent Agent => _agent
        ?? throw new InvalidOperationException("The agent starts with the host: ask for ConsulAgent after the host has started, not while it is built.");

    public async Task StartingAsync(CancellationToken cancellationToken) =>
        _agent = await ConsulAgent.StartAsync(options.Value, cancellationToken).ConfigureAwait(false);

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppedAsync(CancellationToken cancellationToken) => _agent is { } agent ? agent.StopAsync(cancellationToken) : Task.CompletedTask;

    public ValueTask DisposeAsync() => _agent is { } agent ? agent.DisposeAsync() : ValueTask.CompletedTask;
}
