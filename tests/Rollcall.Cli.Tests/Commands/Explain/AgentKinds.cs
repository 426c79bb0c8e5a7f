using Rollcall.Agent;
using Rollcall.TestKit;

namespace Rollcall.Cli.Tests.Commands.Explain;

/// <summary>An embedded agent and a real Consul for the tests of a class, each started when first asked for. Tests use names of their own in them.</summary>
public sealed class AgentKinds : IAsyncLifetime
{
    private readonly Lazy<Task<ConsulAgent>> _embedded = new(static () => ConsulAgent.StartAsync(new ConsulAgentOptions { HttpPort = 0 }));
    private readonly Lazy<Task<RealConsul>> _real = new(static () => RealConsul.StartAsync());

    public async Task<Uri> GetAsync(bool real) => real ? (await _real.Value).Address : (await _embedded.Value).HttpAddress;

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync()
    {
        if (_embedded.IsValueCreated)
        {
            await (await _embedded.Value).DisposeAsync();
        }

        if (_real.IsValueCreated)
        {
            await (await _real.Value).DisposeAsync();
        }
    }
}
