using System.CommandLine;

namespace Rollcall.Cli.Commands.Kv;

/// <summary><c>rollcall kv delete KEY [--recurse]</c>.</summary>
internal static class KvDeleteCommand
{
    public static Command Create(Terminal terminal)
    {
        var key = new Argument<string?>("KEY")
        {
            Arity = ArgumentArity.ZeroOrOne,
            Description = "The key, or with --recurse the beginning of the keys; nothing and --recurse: all keys.",
        };
        var recurse = new Option<bool>("--recurse") { Description = "Delete all keys that begin with KEY." };
        var cas = new Option<ulong?>("--cas")
        {
            HelpName = "INDEX",
            Description = "Delete only if the key's ModifyIndex still is this.",
            CustomParser = NumberParser.WholeOrNone<ulong>,
        };
        var command = new Command("delete", "Delete a key, or all keys that begin with it.") { key, recurse, cas };
        var connection = new ConsulConnection(command, terminal);
        command.SetAction(async (parsed, cancellationToken) =>
        {
            var name = parsed.GetValue(key) ?? "";
            var index = parsed.GetValue(cas);
            using var client = connection.Open(parsed);
            if (parsed.GetValue(recurse))
            {
                if (index is not null)
                {
                    throw new CommandFailure("--cas goes with one key: leave out --recurse.", ExitCode.Usage);
                }

                await client.Kv.DeleteTreeAsync(name.Length == 0 ? "" : KvCommand.CheckKey(name), cancellationToken);
                await terminal.Output.WriteLineAsync($"Success! Deleted keys with prefix: {name}");
                return ExitCode.Success;
            }

            if (!await client.Kv.DeleteAsync(KvCommand.CheckKey(name), index, cancellationToken))
            {
                throw await KvPutCommand.NotWrittenAsync(client, name, index, cancellationToken);
            }

            await terminal.Output.WriteLineAsync($"Success! Deleted key: {name}");
            return ExitCode.Success;
        });
        return command;
    }
}
