using System.CommandLine;

namespace Rollcall.Cli.Commands.Agent;

/// <summary><c>rollcall agent</c>: an agent with Consul's HTTP API, in memory (<c>-dev</c>) or in a directory, until it is ended.</summary>
internal static class AgentCommand
{
    public static Command Create(Terminal terminal)
    {
        var dev = new Option<bool>("--dev") { Description = "Development mode: everything in memory and gone at the end." };
        var dataDirectory = new Option<string?>("--data-dir") { HelpName = "DIRECTORY", Description = "Keep everything here; without -dev." };
        var httpPort = new Option<int?>("--http-port")
        {
            HelpName = "PORT",
            Description = "Port of the HTTP API. Default 8500; 0: any free one.",
            CustomParser = NumberParser.WholeOrNone<int>,
        };
        var bind = new Option<string?>("--bind") { HelpName = "ADDRESS", Description = "The node's address in the catalog. Default 127.0.0.1." };
        var client = new Option<string?>("--client")
        {
            HelpName = "ADDRESS",
            Description = "The address that the HTTP API listens on. Default 127.0.0.1. It has no access control.",
        };
        var advertise = new Option<string?>("--advertise") { HelpName = "ADDRESS", Description = "The node's address in the catalog, where --bind is not it." };
        var node = new Option<string?>("--node") { HelpName = "NAME", Description = "The node's name. Default: this machine's." };
        var datacenter = new Option<string?>("--datacenter") { HelpName = "NAME", Description = "Default dc1." };
        var configFiles = new Option<string[]>("--config-file")
        {
            HelpName = "FILE",
            Description = "JSON with settings, services and checks, in Consul's spelling; may be repeated. Options win over files, later files over earlier.",
        };
        var logLevel = new Option<string?>("--log-level") { HelpName = "LEVEL", Description = "trace, debug, info, warn or err. Default info." };

        // Scripts for Consul's agent pass it; here no id is ever made from the machine.
        var disableHostNodeId = new Option<bool>("--disable-host-node-id") { Hidden = true };

        // Nothing else than one server that leads itself exists, so what says so is taken and needs nothing.
        var server = new Option<bool>("--server") { Hidden = true };
        var bootstrap = new Option<bool>("--bootstrap") { Hidden = true };
        var expect = new Option<int?>("--bootstrap-expect") { Hidden = true, CustomParser = NumberParser.WholeOrNone<int> };
        var command = new Command("agent", "Run an agent with Consul's HTTP API. Options may be spelled -name or --name.")
        {
            dev, dataDirectory, httpPort, bind, client, advertise, node, datacenter, configFiles, logLevel, disableHostNodeId, server, bootstrap, expect,
        };
        command.SetAction((parsed, cancellationToken) =>
        {
            var settings = new AgentSettings();
            foreach (var file in parsed.GetValue(configFiles) ?? [])
            {
                settings.Apply(AgentConfigReader.Read(file));
            }

            settings.DataDirectory = parsed.GetValue(dataDirectory) ?? settings.DataDirectory;
            if (parsed.GetValue(dev) == (settings.DataDirectory is not null))
            {
                throw new CommandFailure(
                    parsed.GetValue(dev)
                        ? "-dev keeps everything in memory, and -data-dir in a directory: leave one of them out."
                        : "Say where to keep the data: 'rollcall agent -data-dir DIRECTORY', or 'rollcall agent -dev' to keep it in memory.",
                    ExitCode.Usage);
            }

            if (parsed.GetValue(expect) is > 1 and var servers)
            {
                throw new CommandFailure($"The agent is one node and can't wait for {servers} servers: leave out -bootstrap-expect. For a cluster, run Consul.", ExitCode.Usage);
            }

            settings.HttpPort = parsed.GetValue(httpPort) ?? settings.HttpPort;
            settings.BindAddress = parsed.GetValue(bind) ?? settings.BindAddress;
            settings.ClientAddress = parsed.GetValue(client) ?? settings.ClientAddress;
            settings.AdvertiseAddress = parsed.GetValue(advertise);
            settings.NodeName = parsed.GetValue(node) ?? settings.NodeName;
            settings.Datacenter = parsed.GetValue(datacenter) ?? settings.Datacenter;
            settings.LogLevel = parsed.GetValue(logLevel) ?? settings.LogLevel;
            return new AgentRun(settings, terminal).RunAsync(cancellationToken);
        });
        return command;
    }
}
