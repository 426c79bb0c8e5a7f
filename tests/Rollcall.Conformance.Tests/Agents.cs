using Rollcall.Agent;

namespace Rollcall.Conformance.Tests;

/// <summary>One agent of each kind for a test class, started when first asked for, as with <c>-dev</c>. Tests of a class share it: use own names.</summary>
public sealed class Agents : IAsyncLifetime
{
    private readonly Lazy<Task<TestedAgent>> _embedded = new(static () => TestedAgent.StartEmbeddedAsync(new ConsulAgentOptions { ConnectEnabled = true }));
    private readonly Lazy<Task<TestedAgent>> _consul = new(static () => TestedAgent.StartConsulAsync());

    public Task<TestedAgent> GetAsync(AgentKind kind) => (kind == AgentKind.Embedded ? _embedded : _consul).Value;

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync()
    {
        foreach (var agent in new[] { _embedded, _consul }.Where(a => a.IsValueCreated && a.Value.IsCompletedSuccessfully))
        {
            await (await agent.Value).DisposeAsync();
        }
    }
}
