using System.CommandLine;

namespace Rollcall.Cli.Commands.Configs;

/// <summary><c>rollcall config</c>: the service configs that callers follow in the key-value store.</summary>
internal static class ConfigCommand
{
    public static Command Create(Terminal terminal) => new("config", "Check, write and read service configs: policy, retries and timeouts that running callers follow.")
    {
        ConfigCheckCommand.Create(terminal),
        ConfigSetCommand.Create(terminal),
        ConfigGetCommand.Create(terminal),
        ConfigDeleteCommand.Create(terminal),
    };
}
