using System.CommandLine;
using Rollcall.Cli.Commands.Kv;
using Rollcall.Cli.Output;

namespace Rollcall.Cli.Commands.Configs;

/// <summary><c>rollcall config set NAME JSON|@FILE|-</c>: checks a service config, and lets running callers have it.</summary>
internal static class ConfigSetCommand
{
    private const string Details = """
        It is checked first, and not written if callers would refuse it or pass over
        something in it. What is there is replaced only if nobody else changes it at the
        same time: the write is bound to the key's index (--cas: to the one you have seen).

        Examples:
          rollcall config set orders @orders.json
          rollcall config set orders '{"loadBalancingConfig":[{"least_request":{}}]}'

        """;

    public static Command Create(Terminal terminal)
    {
        var value = new Argument<string>("JSON") { Description = "The config; @FILE takes it from a file, - from standard input." };
        var cas = new Option<ulong?>("--cas")
        {
            HelpName = "INDEX",
            Description = "Write only if the key's ModifyIndex still is this; 0: only if there is none yet.",
            CustomParser = NumberParser.WholeOrNone<ulong>,
        };
        var force = new Option<bool>("--force") { Description = "Write it whatever the check says, and whoever writes at the same time." };
        var command = new DetailedCommand("set", "Check a service config and write it, so that running callers go by it.", Details) { value, cas, force };
        var key = new ConfigKey(command);
        var connection = new ConsulConnection(command, terminal);
        command.SetAction(async (parsed, cancellationToken) =>
        {
            var (service, path, forced) = (key.Service(parsed), key.Of(parsed), parsed.GetValue(force));
            var seen = parsed.GetValue(cas);
            var index = seen;
            if (forced && index is not null)
            {
                throw new CommandFailure("--cas and --force contradict each other: leave one out.", ExitCode.Usage);
            }

            var bytes = await ValueSource.ReadAsync(terminal, parsed.GetRequiredValue(value), null, cancellationToken);
            var review = ConfigReview.Of(bytes);
            if (!review.IsClean)
            {
                await TellAsync(terminal, review);
                if (!forced)
                {
                    throw new CommandFailure($"The service config of '{service}' was left as it is. Correct this, or give --force.");
                }
            }

            using var client = connection.Open(parsed);
            if (!forced && index is null)
            {
                var before = (await client.Kv.GetAsync(path, cancellationToken: cancellationToken)).Value;
                if (before?.Value is { } same && bytes.Span.SequenceEqual(same))
                {
                    await terminal.Output.WriteLineAsync($"The service config of '{service}' ({path}) is this already.");
                    return ExitCode.Success;
                }

                index = before?.ModifyIndex ?? 0;
            }

            if (!await client.Kv.PutAsync(path, bytes, cas: index, cancellationToken: cancellationToken))
            {
                throw seen is null && index is not null
                    ? ConfigKey.WrittenByOthers(service)
                    : await KvPutCommand.NotWrittenAsync(client, path, index, cancellationToken);
            }

            await terminal.Output.WriteLineAsync($"Success! The service config of '{service}' is written to: {path}{(key.IsLowered(parsed) ? " (in lower case, as callers read it)" : "")}");
            foreach (var effect in review.Effects)
            {
                await terminal.Output.WriteLineAsync(PeerText.OneLine($"- {effect}"));
            }

            return ExitCode.Success;
        });
        return command;
    }

    private static async Task TellAsync(Terminal terminal, ConfigReview review)
    {
        await terminal.Error.WriteLineAsync(PeerText.Printable(
            review.IsValid ? "Callers pass over something in this config:"
            : review.Unregistered is [] ? "Callers refuse this config:"
            : $"This command does not know {ConfigCheckCommand.Listed(review)}. Callers that register it take this config (write it with --force), others refuse it:"));
        foreach (var fault in review.Faults.Concat(review.Unknown))
        {
            await terminal.Error.WriteLineAsync(PeerText.OneLine($"- {fault}"));
        }
    }
}
