using System.Globalization;
using System.Net;
using System.Reflection;
using System.Runtime.InteropServices;
using Microsoft.Extensions.Logging;
using Rollcall.Agent;
using Rollcall.Cli.Output;

namespace Rollcall.Cli.Commands.Agent;

/// <summary>One agent from its start to its orderly end.</summary>
internal sealed partial class AgentRun(AgentConfiguration configuration, ConsulAgentOptions options, Terminal terminal)
{
    /// <summary>Where the data would be kept if it were; null: nobody said.</summary>
    public string? UnusedDirectory { get; init; }

    /// <summary>Consul's words; null: there is no such level.</summary>
    public static LogLevel? ReadLevel(string? text) => text?.ToLowerInvariant() switch
    {
        "trace" => LogLevel.Trace,
        "debug" => LogLevel.Debug,
        null or "info" => LogLevel.Information,
        "warn" or "warning" => LogLevel.Warning,
        "err" or "error" => LogLevel.Error,
        _ => null,
    };

    public static string UnknownLevel(AgentConfiguration configuration) => $"Log level '{configuration.LogLevel}' is unknown: use trace, debug, info, warn or err.";

    public async Task<int> RunAsync(CancellationToken cancellationToken)
    {
        var level = ReadLevel(configuration.LogLevel) ?? throw new CommandFailure(UnknownLevel(configuration), ExitCode.Usage);
        using var lines = new TextLoggerProvider(terminal, level);

        // What is logged is up to the lines: their level may change.
        using var loggers = new LoggerFactory([lines], new LoggerFilterOptions { MinLevel = LogLevel.Trace });
        var logger = loggers.CreateLogger<ConsulAgent>();
        options.TimeProvider = terminal.Time;
        options.LoggerFactory = loggers;
        options.DedicatedProcess = terminal.OwnsProcess;
        if (options.ReloadConfiguration is { } load)
        {
            options.ReloadConfiguration = () => Reload(load);
            options.ConfigurationReloaded = next => lines.Level = ReadLevel(next.LogLevel) ?? lines.Level;
        }

        if (options.DataDirectory is not null)
        {
            BundledSqlite.Use();
        }

        using var stop = new StopSignal(configuration);
        ConsulAgent? running = null;
        using var tell = UserSignal.Register(UserSignal.First, () => running?.WriteMetrics(terminal.Error));
        using var ignore = UserSignal.Register(UserSignal.Second, static () => { });
        await terminal.Output.WriteLineAsync("==> Starting Rollcall agent...");
        try
        {
            await using var agent = await ConsulAgent.StartAsync(options, cancellationToken);
            running = agent;
            await PrintBannerAsync(agent);
            lines.Release();
            if (UnusedDirectory is not null)
            {
                Log.NothingKept(logger, UnusedDirectory);
            }

            foreach (var warning in configuration.Warnings)
            {
                Log.Configuration(logger, warning);
            }

            using var pid = PidFile.Write(configuration.PidFile);
            using var hangUp = PosixSignalRegistration.Create(PosixSignal.SIGHUP, context =>
            {
                context.Cancel = true;
                _ = ReloadAsync(agent);
            });
            await terminal.Output.WriteLineAsync("==> Rollcall agent running!");
            var end = await Task.WhenAny(agent.Stopped, lines.OutputClosed, Task.Delay(Timeout.InfiniteTimeSpan, terminal.Time, cancellationToken));
            if (end == lines.OutputClosed)
            {
                await end;
            }

            // As a line of the log: that it can't be written does not make the end another one.
            lines.Write(
                !cancellationToken.IsCancellationRequested ? "==> A client made the agent leave."
                : stop.Leaves ? "==> Gracefully shutting down agent..."
                : "==> Graceful shutdown disabled. Exiting");
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            // Ended before it had started.
        }
        catch (ConsulAgentException failure)
        {
            throw new CommandFailure($"==> {failure.Message}", ExitCode.Failure, failure);
        }

        return stop.Leaves ? ExitCode.Success : ExitCode.Failure;
    }

    /// <summary>The configuration as it is now. Nothing counts yet: there may be faults elsewhere.</summary>
    private static AgentConfiguration Reload(Func<AgentConfiguration> load)
    {
        var next = load();
        return ReadLevel(next.LogLevel) is null ? throw new ConsulAgentException(UnknownLevel(next)) : next;
    }

    private static async Task ReloadAsync(ConsulAgent agent)
    {
        try
        {
            await agent.ReloadAsync();
        }
#pragma warning disable CA1031 // A signal has nobody to tell; the agent has logged it, and goes on as it is.
        catch (Exception)
#pragma warning restore CA1031
        {
        }
    }

    private async Task PrintBannerAsync(ConsulAgent agent)
    {
        var version = typeof(AgentRun).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion.Split('+')[0];
        await terminal.Output.WriteLineAsync(string.Create(CultureInfo.InvariantCulture, $"""
                       Version: '{version}'
                       Node ID: '{agent.NodeId}'
                     Node name: '{agent.NodeName}'
                    Datacenter: '{options.Datacenter}' (Segment: '<all>')
                        Server: true (one node, {(options.DataDirectory is null ? "development mode: everything in memory" : $"data in {options.DataDirectory}")})
                   Client Addr: [{options.ClientAddress}] (HTTP: {(options.HttpPort < 0 ? -1 : agent.HttpAddress.Port)}, HTTPS: {agent.HttpsAddress?.Port ?? -1}, gRPC: -1, DNS: {agent.DnsEndPoint?.Port ?? -1})
                  Cluster Addr: {options.AdvertiseAddress ?? options.BindAddress} (LAN: {options.SerfLanPort}, WAN: {options.SerfWanPort})

            """));
        await WarnOfOpenAsync(options.ClientAddress, "-client");
        if (options is { HttpsPort: >= 0, HttpsAddress: { } https } && https != options.ClientAddress)
        {
            await WarnOfOpenAsync(https, "addresses.https");
        }

        await terminal.Output.WriteLineAsync("==> Log data will now stream in, as it occurs:");
        await terminal.Output.WriteLineAsync();
    }

    private async Task WarnOfOpenAsync(string address, string option)
    {
        if (!options.Acl.Enabled && OpenAddress(address) is { } open)
        {
            await terminal.Output.WriteLineAsync(
                $"==> The HTTP API has no access control, and everybody who reaches {open} can use it. Leave out {option} to keep it to this machine.");
        }
    }

    /// <summary>The first of several addresses that other machines reach; null: none.</summary>
    internal static string? OpenAddress(string addresses) => addresses.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries)
        .FirstOrDefault(static address => IPAddress.TryParse(address, out var listening) && !IPAddress.IsLoopback(listening));
}
