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
    /// <param name="configuration">Gets what is in them.</param>
    /// <param name="paths">Their names.</param>
    /// <param name="option">Where these were given.</param>
    /// <param name="format">Whatever their names end in; null: by the names.</param>
    /// <exception cref="ConsulAgentException">One can't be read, or something in it is wrong.</exception>
    /// <exception cref="CommandFailure">A name is empty.</exception>
    public static void AddTo(AgentConfiguration configuration, IEnumerable<string> paths, string option, string? format)
    {
        foreach (var path in paths)
        {
            GivenValue.Path(path, option);
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
