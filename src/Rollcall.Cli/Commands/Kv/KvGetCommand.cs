using System.CommandLine;
using Rollcall.Cli.Output;
using Rollcall.Consul.Wire;

namespace Rollcall.Cli.Commands.Kv;

/// <summary><c>rollcall kv get KEY</c>: writes the value's bytes as they are.</summary>
internal static class KvGetCommand
{
    public static Command Create(Terminal terminal)
    {
        var key = new Argument<string>("KEY") { Description = "The key." };
        var json = CommonOptions.Json();
        var command = new Command("get", "Write the value of a key to standard output, byte for byte. --json adds flags and indexes.") { key, json };
        var connection = new ConsulConnection(command, terminal);
        command.SetAction(async (parsed, cancellationToken) =>
        {
            var name = KvCommand.CheckKey(parsed.GetRequiredValue(key));
            using var client = connection.Open(parsed);
            if ((await client.Kv.GetAsync(name, cancellationToken: cancellationToken)).Value is not { } pair)
            {
                throw new CommandFailure($"No key exists at: {name}. See 'rollcall kv list' for the keys.");
            }

            if (parsed.GetValue(json))
            {
                await JsonText.WriteAsync(terminal.Output, [pair], ConsulJsonContext.Default.IReadOnlyListKvPair);
                return ExitCode.Success;
            }

            using var output = terminal.OpenOutput();
            await output.WriteAsync(pair.Value ?? [], cancellationToken);
            if (terminal.IsInteractive)
            {
                // For people the prompt goes on a line of its own; programs get the value and nothing else.
                await output.WriteAsync("\n"u8.ToArray(), cancellationToken);
            }

            return ExitCode.Success;
        });
        return command;
    }
}
