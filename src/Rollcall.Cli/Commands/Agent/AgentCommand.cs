using System.CommandLine;

namespace Rollcall.Cli.Commands.Agent;

/// <summary><c>rollcall agent -dev</c>: an agent with Consul's HTTP API, in memory, until it is ended.</summary>
internal static class AgentCommand
{
    public static Command Create(Terminal terminal)
    {
        var dev = new Option<bool>("--dev") { Description = "Development mode: one node, everything in memory and gone at the end. The only mode." };
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
        var command = new Command("agent", "Run an agent with Consul's HTTP API. Options may be spelled -name or --name.")
        {
            dev, httpPort, bind, client, advertise, node, datacenter, configFiles, logLevel, disableHostNodeId,
        };
        command.SetAction((parsed, cancellationToken) =>
        {
            if (!parsed.GetValue(dev))
            {
                throw new CommandFailure(
                    "Only the development mode exists: run 'rollcall agent -dev'. It keeps everything in memory; for a cluster, run Consul.",
                    ExitCode.Usage);
            }

            var settings = new AgentSettings();
            foreach (var file in parsed.GetValue(configFiles) ?? [])
            {
                settings.Apply(AgentConfigReader.Read(file));
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
