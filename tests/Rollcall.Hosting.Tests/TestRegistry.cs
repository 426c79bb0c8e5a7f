using Rollcall.Consul;
using Rollcall.Consul.Wire;
using Rollcall.TestKit;

namespace Rollcall.Hosting.Tests;

/// <summary>The agent of a test, on a fixed port so that it can be killed and started again empty.</summary>
internal sealed class TestRegistry : IAsyncDisposable
{
    private readonly RealConsul _consul;

    private TestRegistry(RealConsul consul)
    {
        _consul = consul;
        Client = new ConsulClient(Options());
    }

    public ConsulClient Client { get; }

    public static async Task<TestRegistry> StartAsync() => new(await RealConsul.StartAsync());

    public Task KillAsync() => _consul.StopAsync();

    public Task RestartEmptyAsync() => _consul.RestartAsync();

    /// <summary>For a host under test: this agent, whatever the environment of the test run says.</summary>
    public void Configure(ConsulClientOptions options)
    {
        options.Address = _consul.Address;
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
        await _consul.DisposeAsync();
    }

    private ConsulClientOptions Options()
    {
        var options = ConsulClientOptions.FromEnvironment(_ => null);
        Configure(options);
        return options;
    }
}
