using Rollcall.Agent;
using Rollcall.Consul;
using Rollcall.TestKit;

namespace Rollcall.Cli.Tests;

/// <summary>An embedded agent for the tests of a class. Tests use names of their own in it.</summary>
public sealed class AgentFixture : IAsyncLifetime
{
    private ConsulAgent? _agent;

    public Uri Address => _agent!.HttpAddress;

    /// <summary>A client that does not look at the environment.</summary>
    public ConsulClient CreateClient() => CreateClient(Address);

    /// <summary>A client of any agent that does not look at the environment.</summary>
    public static ConsulClient CreateClient(Uri address)
    {
        var options = ConsulClientOptions.FromEnvironment(static _ => null);
        options.Address = address;
        return new ConsulClient(options);
    }

    public async Task InitializeAsync() =>
        _agent = await ConsulAgent.StartAsync(new ConsulAgentOptions { HttpPort = 0, NodeName = "fixture" }).WithinAsync();

    public async Task DisposeAsync() => await _agent!.DisposeAsync();
}
