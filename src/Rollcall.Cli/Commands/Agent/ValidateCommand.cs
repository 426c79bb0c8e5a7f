using System.CommandLine;
using Rollcall.Agent;

namespace Rollcall.Cli.Commands.Agent;

/// <summary><c>rollcall validate FILE…</c>: reads configuration files as <c>rollcall agent</c> does, and starts nothing.</summary>
internal static class ValidateCommand
{
    public static Command Create(Terminal terminal)
    {
        var paths = new Argument<string[]>("FILE")
        {
            Arity = ArgumentArity.OneOrMore,
            Description = "A configuration file, or a directory with .json and .hcl files. Later ones win over earlier ones.",
        };
        var format = ConfigurationFiles.Format();
        var quiet = new Option<bool>("--quiet") { Description = "Say nothing if the configuration is valid." };
        var command = new Command("validate", "Check an agent's configuration files without starting it.") { paths, format, quiet };
        command.SetAction(async (parsed, _) =>
        {
            var configuration = Read(parsed.GetRequiredValue(paths), parsed.GetValue(format));
            foreach (var warning in configuration.Warnings)
            {
                await terminal.Error.WriteLineAsync(warning);
            }

            if (!parsed.GetValue(quiet))
            {
                await terminal.Output.WriteLineAsync("Configuration is valid!");
            }

            return ExitCode.Success;
        });
        return command;
    }

    private static AgentConfiguration Read(string[] paths, string? format)
    {
        var configuration = new AgentConfiguration();
        try
        {
            ConfigurationFiles.AddTo(configuration, paths, "FILE", format);
            configuration.ToOptions().Validate();
        }
        catch (ConsulAgentException failure)
        {
            throw new CommandFailure($"Config validation failed: {failure.Message}", ExitCode.Failure, failure);
        }

        return AgentRun.ReadLevel(configuration.LogLevel) is not null
            ? configuration
            : throw new CommandFailure($"Config validation failed: {AgentRun.UnknownLevel(configuration)}");
    }
}
