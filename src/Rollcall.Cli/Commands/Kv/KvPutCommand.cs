using System.CommandLine;
using Rollcall.Consul;

namespace Rollcall.Cli.Commands.Kv;

/// <summary><c>rollcall kv put KEY [VALUE|@FILE|-]</c>.</summary>
internal static class KvPutCommand
{
    public static Command Create(Terminal terminal)
    {
        var key = new Argument<string>("KEY") { Description = "The key." };
        var value = new Argument<string?>("VALUE")
        {
            Arity = ArgumentArity.ZeroOrOne,
            Description = "The value; @FILE takes it from a file, - from standard input. Nothing: an empty value.",
        };
        var cas = new Option<ulong?>("--cas")
        {
            HelpName = "INDEX",
            Description = "Write only if the key's ModifyIndex still is this; 0: only if there is no such key.",
            CustomParser = NumberParser.WholeOrNone<ulong>,
        };
        var flags = new Option<ulong>("--flags")
        {
            HelpName = "NUMBER",
            Description = "64 bits kept with the value. Default 0.",
            CustomParser = NumberParser.Whole<ulong>,
        };
        var command = new Command("put", "Write a key.") { key, value, cas, flags };
        var connection = new ConsulConnection(command, terminal);
        command.SetAction(async (parsed, cancellationToken) =>
        {
            var name = KvCommand.CheckKey(parsed.GetRequiredValue(key));
            var given = parsed.GetValue(value) ?? "";
            var bytes = await ValueSource.ReadAsync(
                terminal,
                given,
                $"A value that begins with @ is given by standard input: printf %s '{given}' | rollcall kv put KEY -",
                cancellationToken);
            using var client = connection.Open(parsed);
            var index = parsed.GetValue(cas);
            if (!await client.Kv.PutAsync(name, bytes, parsed.GetValue(flags), index, cancellationToken))
            {
                throw await NotWrittenAsync(client, name, index, cancellationToken);
            }

            await terminal.Output.WriteLineAsync($"Success! Data written to: {name}");
            return ExitCode.Success;
        });
        return command;
    }

    /// <summary>Says what the index is now, which is what the next attempt has to name.</summary>
    public static async Task<CommandFailure> NotWrittenAsync(ConsulClient client, string key, ulong? cas, CancellationToken cancellationToken)
    {
        var pair = (await client.Kv.GetAsync(key, cancellationToken: cancellationToken)).Value;
        return new CommandFailure(
            cas is null
                ? $"Key '{key}' was not written: the agent refused."
                : $"Key '{key}' was left as it is: --cas {cas} does not hold, "
                    + (pair is null ? "there is no such key (index 0)." : $"its ModifyIndex is {pair.ModifyIndex}."));
    }
}
