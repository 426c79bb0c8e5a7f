using System.CommandLine;
using Rollcall.Agent;

namespace Rollcall.Cli.Commands.Agent;

/// <summary><c>rollcall agent</c>: an agent with Consul's HTTP API, in memory (<c>-dev</c>) or in a directory, until it is ended.</summary>
internal static class AgentCommand
{
    public const string Name = "agent";

    public static Command Create(Terminal terminal)
    {
        var dev = GoFlag.Truth("--dev");
        dev.Description = "Development mode: everything in memory and gone at the end.";
        var dataDirectory = GoFlag.Text("--data-dir");
        (dataDirectory.HelpName, dataDirectory.Description) = ("DIRECTORY", "Keep everything here; -dev wins over it.");

        // One list, because they count in the order in which they are given.
        var files = new Option<string[]>("--config-file", "--config-dir")
        {
            HelpName = "PATH",
            Description = "Settings, services and checks in Consul's spelling, JSON or HCL: a file, or all .json and .hcl files of a directory; may be repeated. Options win over files, later files over earlier.",
        };
        var fragments = new Option<string[]>("--hcl") { HelpName = "TEXT", Description = "A piece of configuration in HCL; wins over files. May be repeated." };
        var format = ConfigurationFiles.Format();
        var flags = new AgentFlags();
        var command = new Command(Name, "Run an agent with Consul's HTTP API. Options may be spelled -name or --name.") { dev, dataDirectory, files, fragments, format };
        flags.AddTo(command);
        command.SetAction((parsed, cancellationToken) =>
        {
            var (isDev, directory) = (parsed.GetValue(dev), parsed.GetValue(dataDirectory));
            if (directory is not null)
            {
                GivenValue.Path(directory, "-data-dir");
            }

            AgentConfiguration Load()
            {
                var configuration = new AgentConfiguration();
                if (isDev)
                {
                    configuration.AddText("-dev", "server = true connect { enabled = true }", "hcl");
                }

                ConfigurationFiles.AddTo(configuration, parsed.GetValue(files) ?? [], files.Name, parsed.GetValue(format));
                flags.Apply(parsed, configuration);
                foreach (var fragment in parsed.GetValue(fragments) ?? [])
                {
                    configuration.AddText("-hcl", fragment, "hcl");
                }

                return configuration;
            }

            var configuration = Load();
            var options = configuration.ToOptions();
            options.ReloadConfiguration = Load;
            directory ??= options.DataDirectory;
            options.DataDirectory = isDev ? null : directory;
            if (options.DataDirectory is null && !isDev)
            {
                throw new CommandFailure(
                    "Say where to keep the data: 'rollcall agent -data-dir DIRECTORY', or 'rollcall agent -dev' to keep it in memory.", ExitCode.Usage);
            }

            return new AgentRun(configuration, options, terminal) { UnusedDirectory = isDev ? directory : null }.RunAsync(cancellationToken);
        });
        return command;
    }
}
