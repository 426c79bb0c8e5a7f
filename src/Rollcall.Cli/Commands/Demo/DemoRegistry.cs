using System.Security.Cryptography;
using Rollcall.Agent;
using Rollcall.Consul;
using Rollcall.Discovery.Consul;

namespace Rollcall.Cli.Commands.Demo;

/// <summary>The registry of a run: an agent in this process, or one that runs somewhere.</summary>
internal sealed class DemoRegistry : IAsyncDisposable
{
    private const string VariablePrefix = "CONSUL_";
    private readonly ConsulClientOptions _options;
    private readonly IAsyncDisposable? _agent;

    private DemoRegistry(ConsulClientOptions options, IAsyncDisposable? agent, TimeProvider time)
    {
        _options = options;
        _agent = agent;
        var run = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(3));
        Tag = $"demo-{run}";
        IdSuffix = agent is null ? $"-{run}" : "";
        Client = ConsulConnection.CreateClient(options, time);
    }

    public ConsulClient Client { get; }

    /// <summary>What the instances of this run carry, so that no other instance of the same name is called.</summary>
    public string Tag { get; }

    /// <summary>Ends the ids of this run where others may use the registry too.</summary>
    public string IdSuffix { get; }

    public static async Task<DemoRegistry> OpenAsync(
        DemoSettings settings, Terminal terminal, DemoEvents events, CancellationToken cancellationToken)
    {
        if (settings.Consul is null)
        {
            return await StartAsync(settings.HttpPort, terminal, events, cancellationToken);
        }

        var registry = new DemoRegistry(ConsulConnection.ReadOptions("--consul", settings.Consul, terminal), null, terminal.Time);
        try
        {
            var self = (await registry.Client.Agent.SelfAsync(cancellationToken)).Value;
            await events.AddAsync($"Using the agent {self.Config.NodeName} at {registry.Client.Address} (version {self.Config.Version}).");
            return registry;
        }
        catch
        {
            await registry.DisposeAsync();
            throw;
        }
    }

    private static async Task<DemoRegistry> StartAsync(int port, Terminal terminal, DemoEvents events, CancellationToken cancellationToken)
    {
        var settings = new ConsulAgentOptions { HttpPort = port, TimeProvider = terminal.Time };
        ConsulAgent agent;
        try
        {
            agent = await ConsulAgent.StartAsync(settings, cancellationToken);
        }
        catch (ConsulAgentException failure) when (port != 0 && failure.InnerException is IOException)
        {
            settings.HttpPort = 0;
            agent = await ConsulAgent.StartAsync(settings, cancellationToken);
            await events.AddAsync($"Port {port} is taken: the demo's agent takes a free one, {agent.HttpAddress.Port}.");
        }

        await events.AddAsync($"An agent of the demo's own listens on {agent.HttpAddress}.");
        var options = ConsulClientOptions.FromEnvironment(static _ => null);
        options.Address = agent.HttpAddress;
        return new DemoRegistry(options, agent, terminal.Time);
    }

    /// <summary>Looks names up here, whatever the environment says. The caller disposes it, after the channel that uses it.</summary>
    public DirectoryLease OpenLookup(string target) =>
        NameLookup.Open(target, _options) ?? throw new ArgumentException($"{target} is not a target that Consul answers.", nameof(target));

    /// <summary>What a command needs that is to ask here; empty: nothing, it would do so by itself.</summary>
    public string CommandOptions(Terminal terminal)
    {
        try
        {
            if (ConsulConnection.ReadOptions(ConsulConnection.AddressOption, null, terminal).Address == _options.Address)
            {
                return "";
            }
        }
        catch (CommandFailure)
        {
            // An environment that can't be used names no other Consul.
        }

        return $" {ConsulConnection.AddressOption} {_options.Address.OriginalString}";
    }

    /// <summary>Makes the environment of a process mean this registry.</summary>
    public void Describe(IDictionary<string, string?> environment)
    {
        if (_agent is not null)
        {
            foreach (var name in environment.Keys.Where(static name => name.StartsWith(VariablePrefix, StringComparison.Ordinal)).ToList())
            {
                environment.Remove(name);
            }
        }

        environment["CONSUL_HTTP_ADDR"] = string.Join(',', new[] { _options.Address }.Concat(_options.FurtherAddresses).Select(static address => address.OriginalString));
    }

    /// <inheritdoc />
    public async ValueTask DisposeAsync()
    {
        Client.Dispose();
        if (_agent is not null)
        {
            await _agent.DisposeAsync();
        }
    }
}
