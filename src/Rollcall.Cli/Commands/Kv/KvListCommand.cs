using System.CommandLine;
using Rollcall.Cli.Output;
using Rollcall.Consul.Wire;

namespace Rollcall.Cli.Commands.Kv;

/// <summary><c>rollcall kv list [PREFIX]</c>: the names of the keys.</summary>
internal static class KvListCommand
{
    public static Command Create(Terminal terminal)
    {
        var prefix = new Argument<string?>("PREFIX") { Arity = ArgumentArity.ZeroOrOne, Description = "The beginning of the keys. Default: all." };
        var separator = new Option<string?>("--separator") { HelpName = "TEXT", Description = "Fold what follows this text after PREFIX, such as /." };
        var json = CommonOptions.Json();
        var command = new Command("list", "List the names of the keys, one a line; none is not an error. --json prints an array, with line breaks and the like as they are.") { prefix, separator, json };
        var connection = new ConsulConnection(command, terminal);
        command.SetAction(async (parsed, cancellationToken) =>
        {
            using var client = connection.Open(parsed);
            var start = parsed.GetValue(prefix) is { Length: > 0 } given ? KvCommand.CheckKey(given) : "";
            var keys = (await client.Kv.KeysAsync(start, parsed.GetValue(separator), cancellationToken: cancellationToken)).Value;
            if (parsed.GetValue(json))
            {
                await JsonText.WriteAsync(terminal.Output, keys, ConsulJsonContext.Default.IReadOnlyListString);
                return ExitCode.Success;
            }

            foreach (var key in keys)
            {
                await terminal.Output.WriteLineAsync(PeerText.OneLine(key));
            }

            return ExitCode.Success;
        });
        return command;
    }
}
