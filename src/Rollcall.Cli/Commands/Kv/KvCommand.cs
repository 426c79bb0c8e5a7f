using System.CommandLine;

namespace Rollcall.Cli.Commands.Kv;

/// <summary><c>rollcall kv</c>: the key-value store.</summary>
internal static class KvCommand
{
    public static Command Create(Terminal terminal) => new("kv", "Read and write the key-value store.")
    {
        KvGetCommand.Create(terminal),
        KvPutCommand.Create(terminal),
        KvDeleteCommand.Create(terminal),
        KvListCommand.Create(terminal),
    };

    /// <summary>Keys have no leading slash; one that is typed out of habit is refused rather than dropped, because the key would be another one.</summary>
    public static string CheckKey(string key)
    {
        if (key.Length == 0)
        {
            throw new CommandFailure("KEY must not be empty.", ExitCode.Usage);
        }

        return key[0] != '/'
            ? key
            : throw new CommandFailure($"Key '{key}' must not begin with '/': use '{key.TrimStart('/')}'.", ExitCode.Usage);
    }
}
