using Rollcall.Agent;
using Rollcall.Consul;
using Rollcall.Consul.Wire;
using Rollcall.TestKit;

namespace Rollcall.Hosting.Tests;

/// <summary>The agent of a test, embedded or real, on a fixed port so that it can be killed and started again empty.</summary>
internal sealed class TestRegistry : IAsyncDisposable
{
    private readonly RealConsul? _consul;
    private readonly Uri _address;
    private ConsulAgent? _agent;

    private TestRegistry(ConsulAgent? agent, RealConsul? consul)
    {
        (_agent, _consul) = (agent, consul);
        _address = agent?.HttpAddress ?? consul!.Address;
        Client = new ConsulClient(Options());
    }

    public ConsulClient Client { get; }

    public static async Task<TestRegistry> StartAsync(string kind) => kind == "real"
        ? new(null, await RealConsul.StartAsync())
        : new(await EmbeddedAsync(FreePort.Next()), null);

    public async Task KillAsync()
    {
        if (_agent is { } agent)
        {
            _agent = null;
            await agent.DisposeAsync();
        }

        await (_consul?.StopAsync() ?? Task.CompletedTask);
    }

    public async Task RestartEmptyAsync()
    {
        await KillAsync();
        if (_consul is not null)
        {
            await _consul.RestartAsync();
        }
        else
        {
            _agent = await EmbeddedAsync(_address.Port);
        }
    }

    /// <summary>For a host under test: this agent, whatever the environment of the test run says.</summary>
    public void Configure(ConsulClientOptions options)
    {
        options.Address = _address;
        options.Token = null;
    }

    /// <summary>Waits until exactly so many instances are passing, whatever becomes of the agent meanwhile.</summary>
    public async Task<IReadOnlyList<HealthServiceEntry>> PassingAsync(string name, int count)
    {
        IReadOnlyList<HealthServiceEntry> found = [];
        await Eventually.TrueAsync(
            async () =>
            {
                try
                {
                    found = (await Client.Health.ServiceAsync(name, new() { PassingOnly = true })).Value;
                }
                catch (ConsulException)
                {
                    return false;
                }

                return found.Count == count;
            },
            because: () => $"{found.Count} passing");
        return found;
    }

    public async ValueTask DisposeAsync()
    {
        Client.Dispose();
        await KillAsync();
        await (_consul?.DisposeAsync() ?? default);
    }

    private static Task<ConsulAgent> EmbeddedAsync(int port) => ConsulAgent.StartAsync(new() { HttpPort = port, NodeName = "node1" });

    private ConsulClientOptions Options()
    {
        var options = ConsulClientOptions.FromEnvironment(_ => null);
        Configure(options);
        return options;
    }
}
