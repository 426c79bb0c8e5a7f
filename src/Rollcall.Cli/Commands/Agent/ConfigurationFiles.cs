using System.CommandLine;
using Rollcall.Agent;

namespace Rollcall.Cli.Commands.Agent;

/// <summary>Configuration files as the command line names them.</summary>
internal static class ConfigurationFiles
{
    public static Option<string?> Format()
    {
        var format = new Option<string?>("--config-format") { HelpName = "FORMAT", Description = "json or hcl: what configuration files are, whatever their names end in." };
        format.AcceptOnlyFromAmong("json", "hcl");
        return format;
    }

    /// <summary>Reads files and directories, in their order.</summary>
    /// <exception cref="ConsulAgentException">One can't be read, or something in it is wrong.</exception>
    public static void AddTo(AgentConfiguration configuration, IEnumerable<string> paths, string? format)
    {
        foreach (var path in paths)
        {
            if (Directory.Exists(path))
            {
                configuration.AddDirectory(path, format);
            }
            else
            {
                configuration.AddFile(path, format);
            }
        }
    }
}
