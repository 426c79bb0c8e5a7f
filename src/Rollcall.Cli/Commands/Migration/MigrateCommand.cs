using System.CommandLine;
using Rollcall.Consul;

namespace Rollcall.Cli.Commands.Migration;

/// <summary><c>rollcall migrate --from URL --to URL</c>.</summary>
internal static class MigrateCommand
{
    private const string From = "--from";
    private const string To = "--to";

    public static Command Create(Terminal terminal)
    {
        var from = new Option<string>(From) { HelpName = "URL", Required = true, Description = "The agent to take from." };
        var to = new Option<string>(To) { HelpName = "URL", Required = true, Description = "The agent to bring to, of a Consul cluster for example." };
        var fromToken = new Option<string?>("--from-token-file") { HelpName = "FILE", Description = "A file with the token for the first. Default: CONSUL_HTTP_TOKEN." };
        var toToken = new Option<string?>("--to-token-file") { HelpName = "FILE", Description = "A file with the token for the second. Default: CONSUL_HTTP_TOKEN." };
        var prefix = new Option<string>("--prefix") { HelpName = "PREFIX", DefaultValueFactory = _ => "", Description = "Only keys that begin like this. Default: all." };
        var overwrite = new Option<bool>("--overwrite") { Description = "Replace keys that have another value there. Without it they are left, named, and the command fails." };
        var dryRun = new Option<bool>("--dry-run") { Description = "Say what would be done, and do nothing." };
        var command = new Command("migrate", "Carry keys from one agent to another, from the embedded one to a Consul cluster for example.")
        {
            from, to, fromToken, toToken, prefix, overwrite, dryRun,
        };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            using var source = Open(From, parsed.GetRequiredValue(from), parsed.GetValue(fromToken), terminal);
            using var target = Open(To, parsed.GetRequiredValue(to), parsed.GetValue(toToken), terminal);
            if (source.Address == target.Address)
            {
                throw new CommandFailure($"{From} and {To} are the same agent, {source.Address}.", ExitCode.Usage);
            }

            var migration = new KvMigration(source.Kv, target.Kv, terminal, parsed.GetValue(overwrite), parsed.GetValue(dryRun));
            return await migration.RunAsync(parsed.GetValue(prefix) ?? "", cancellationToken) ? ExitCode.Success : ExitCode.Failure;
        });
        return command;
    }

    private static ConsulClient Open(string option, string address, string? tokenFile, Terminal terminal)
    {
        var options = ConsulConnection.ReadOptions(option, address, terminal);
        if (tokenFile is not null)
        {
            options.Token = ConsulConnection.ReadToken($"{option}-token-file", tokenFile);
        }

        var faults = options.Validate();
        return faults.Count == 0
            ? new ConsulClient(options, terminal.Time)
            : throw new CommandFailure(string.Join(Environment.NewLine, faults), ExitCode.Usage);
    }
}
