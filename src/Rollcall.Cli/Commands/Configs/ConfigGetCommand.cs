using System.CommandLine;
using System.Text;
using Rollcall.Cli.Output;

namespace Rollcall.Cli.Commands.Configs;

/// <summary><c>rollcall config get NAME</c>: the service config in the key-value store, and what callers make of it.</summary>
internal static class ConfigGetCommand
{
    public static Command Create(Terminal terminal)
    {
        var json = CommonOptions.Json();
        var command = new Command("get", "Print the service config as it was written. --json adds its index and what callers make of it.") { json };
        var key = new ConfigKey(command);
        var connection = new ConsulConnection(command, terminal);
        command.SetAction(async (parsed, cancellationToken) =>
        {
            var (service, path) = (key.Service(parsed), key.Of(parsed));
            using var client = connection.Open(parsed);
            if ((await client.Kv.GetAsync(path, cancellationToken: cancellationToken)).Value is not { } pair)
            {
                throw Missing(service, path);
            }

            var bytes = pair.Value ?? [];
            var review = ConfigReview.Of(bytes);
            if (parsed.GetValue(json))
            {
                var stored = new StoredConfig(service, path, pair.ModifyIndex, Encoding.UTF8.GetString(bytes), review);
                await JsonText.WriteAsync(terminal.Output, stored, CliJsonContext.Default.StoredConfig);
                return ExitCode.Success;
            }

            if (terminal.IsOutputTerminal)
            {
                await terminal.Output.WriteLineAsync(PeerText.Printable(Encoding.UTF8.GetString(bytes)));
            }
            else
            {
                // For a file, or a program: as it was written, line ends and byte order mark included, so that it can be written back unchanged.
                using var output = terminal.OpenOutput();
                await output.WriteAsync(bytes, cancellationToken);
            }

            foreach (var fault in review.Faults.Concat(review.Unknown))
            {
                await terminal.Error.WriteLineAsync(PeerText.OneLine($"Callers {(review.IsValid ? "pass over something" : "refuse it")}: {fault}"));
            }

            return ExitCode.Success;
        });
        return command;
    }

    public static CommandFailure Missing(string service, string path) => new(
        $"There is no service config of '{service}' (no key {path}): callers go by the application's configuration and their own options. Write one: rollcall config set {service} @FILE");
}
