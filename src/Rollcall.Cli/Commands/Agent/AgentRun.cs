using System.Globalization;
using System.Net;
using System.Reflection;
using Microsoft.Extensions.Logging;
using Rollcall.Agent;
using Rollcall.Cli.Output;
using Rollcall.Consul;

namespace Rollcall.Cli.Commands.Agent;

/// <summary>One agent from its start to its orderly end.</summary>
internal sealed class AgentRun(AgentSettings settings, Terminal terminal)
{
    public async Task<int> RunAsync(CancellationToken cancellationToken)
    {
        using var lines = new TextLoggerProvider(terminal);
        using var loggers = new LoggerFactory([lines], new LoggerFilterOptions { MinLevel = ReadLevel(settings.LogLevel) });
        var options = settings.ToOptions();
        options.TimeProvider = terminal.Time;
        options.LoggerFactory = loggers;
        await terminal.Output.WriteLineAsync("==> Starting Rollcall agent...");
        try
        {
            await using var agent = await ConsulAgent.StartAsync(options, cancellationToken);
            await PrintBannerAsync(agent, options);
            lines.Release();
            await RegisterAsync(agent, cancellationToken);
            await Task.WhenAny(agent.Stopped, Task.Delay(Timeout.InfiniteTimeSpan, terminal.Time, cancellationToken));
            await terminal.Output.WriteLineAsync(
                cancellationToken.IsCancellationRequested ? "==> Gracefully shutting down agent..." : "==> A client made the agent leave.");
        }
        catch (ConsulAgentException failure)
        {
            throw new CommandFailure($"==> {failure.Message}", ExitCode.Failure, failure);
        }

        return ExitCode.Success;
    }

    private static LogLevel ReadLevel(string? text) => text?.ToLowerInvariant() switch
    {
        "trace" => LogLevel.Trace,
        "debug" => LogLevel.Debug,
        null or "info" => LogLevel.Information,
        "warn" or "warning" => LogLevel.Warning,
        "err" or "error" => LogLevel.Error,
        _ => throw new CommandFailure($"Log level '{text}' is unknown: use trace, debug, info, warn or err.", ExitCode.Usage),
    };

    private async Task PrintBannerAsync(ConsulAgent agent, ConsulAgentOptions options)
    {
        var version = typeof(AgentRun).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion.Split('+')[0];
        await terminal.Output.WriteLineAsync(string.Create(CultureInfo.InvariantCulture, $"""
                       Version: '{version}'
                     Node name: '{agent.NodeName}'
                    Datacenter: '{options.Datacenter}'
                        Server: true (one node, {(options.DataDirectory is null ? "development mode: everything in memory" : $"data in {options.DataDirectory}")})
                   Client Addr: [{options.ClientAddress}] (HTTP: {agent.HttpAddress.Port})
                  Cluster Addr: {options.AdvertiseAddress ?? options.BindAddress}

            """));
        if (IPAddress.TryParse(options.ClientAddress, out var client) && !IPAddress.IsLoopback(client))
        {
            await terminal.Output.WriteLineAsync(
                $"==> The HTTP API has no access control, and everybody who reaches {options.ClientAddress} can use it. Leave out -client to keep it to this machine.");
        }

        await terminal.Output.WriteLineAsync("==> Log data will now stream in, as it occurs:");
        await terminal.Output.WriteLineAsync();
    }

    /// <summary>Through the API like everybody else, so that a file's services get the same checks and the same answers.</summary>
    private async Task RegisterAsync(ConsulAgent agent, CancellationToken cancellationToken)
    {
        if (settings.Services.Count + settings.Checks.Count == 0)
        {
            return;
        }

        var options = ConsulClientOptions.FromEnvironment(static _ => null);
        options.Address = agent.HttpAddress;
        using var client = new ConsulClient(options, terminal.Time);
        foreach (var service in settings.Services)
        {
            await TryAsync($"service '{service.Id ?? service.Name}'", client.Agent.RegisterAsync(service.ToRegistration(), true, cancellationToken));
        }

        foreach (var check in settings.Checks)
        {
            await TryAsync($"check '{check.Id ?? check.Name}'", client.Agent.RegisterCheckAsync(check.ToDefinition(), cancellationToken));
        }
    }

    private static async Task TryAsync(string what, Task registration)
    {
        try
        {
            await registration;
        }
        catch (ConsulException failure)
        {
            throw new CommandFailure($"==> The {what} of the configuration file cannot be registered: {failure.Body ?? failure.Message}", ExitCode.Failure, failure);
        }
    }
}
