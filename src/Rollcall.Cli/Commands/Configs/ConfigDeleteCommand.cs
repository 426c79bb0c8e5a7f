using System.CommandLine;
using Rollcall.Cli.Commands.Kv;

namespace Rollcall.Cli.Commands.Configs;

/// <summary><c>rollcall config delete NAME</c>: callers go by the next source, or their own options.</summary>
internal static class ConfigDeleteCommand
{
    public static Command Create(Terminal terminal)
    {
        var cas = new Option<ulong?>("--cas")
        {
            HelpName = "INDEX",
            Description = "Delete only if the key's ModifyIndex still is this.",
            CustomParser = NumberParser.WholeOrNone<ulong>,
        };
        var command = new Command("delete", "Delete a service config: callers go by the application's configuration, or their own options.") { cas };
        var key = new ConfigKey(command);
        var connection = new ConsulConnection(command, terminal);
        command.SetAction(async (parsed, cancellationToken) =>
        {
            var (service, path) = (key.Service(parsed), key.Of(parsed));
            using var client = connection.Open(parsed);
            if ((await client.Kv.GetAsync(path, cancellationToken: cancellationToken)).Value is not { } pair)
            {
                throw ConfigGetCommand.Missing(service, path);
            }

            // What is deleted is what was there a moment ago, and not what somebody else writes meanwhile.
            var index = parsed.GetValue(cas) ?? pair.ModifyIndex;
            if (!await client.Kv.DeleteAsync(path, index, cancellationToken))
            {
                throw parsed.GetValue(cas) is null ? ConfigKey.WrittenByOthers(service) : await KvPutCommand.NotWrittenAsync(client, path, index, cancellationToken);
            }

            await terminal.Output.WriteLineAsync($"Success! The service config of '{service}' is deleted: {path}");
            return ExitCode.Success;
        });
        return command;
    }
}
