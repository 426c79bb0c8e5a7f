using System.CommandLine;
using Rollcall.Cli.Output;
using Rollcall.Consul;

namespace Rollcall.Cli.Commands.Migration;

/// <summary><c>rollcall migrate --from URL --to URL</c>.</summary>
internal static class MigrateCommand
{
    public const string From = "--from";
    public const string To = "--to";
    public const string FromTokenFile = "--from-token-file";
    public const string ToTokenFile = "--to-token-file";
    private const string Prefix = "--prefix";
    private const string Description = "Carry keys and definitions from one agent to another, from the embedded one to a Consul cluster for example.";

    private const string Details = """
        What is carried:
          kv       keys with values and flags; locks are taken anew there
          nodes    nodes that no agent runs, with their services and checks. What is
                   registered at an agent is not carried: it registers itself there
          config   config entries, and intentions
          queries  prepared queries. They have other ids there; their tokens come along
                   if the token of --from-token-file may see them
          acl      policies, roles, auth methods, binding rules, and tokens with accessor
                   and secret. Only if it is asked for: whoever has a token here may then
                   use it there, too. Both sides need access control, and the tokens of
                   the command acl = "write"

        It can be run again: what is there and says the same is left. What is different
        there is left and named, and the exit code is 1, unless --overwrite. Nothing is
        deleted there.

        """;

    public static Command Create(Terminal terminal)
    {
        var from = new Option<string>(From) { HelpName = "URL", Required = true, Description = "The agent to take from." };
        var to = new Option<string>(To) { HelpName = "URL", Required = true, Description = "The agent to bring to, of a Consul cluster for example." };
        var fromToken = new Option<string?>(FromTokenFile) { HelpName = "FILE", Description = "A file with the token for the first. Default: CONSUL_HTTP_TOKEN_FILE, CONSUL_HTTP_TOKEN." };
        var toToken = new Option<string?>(ToTokenFile) { HelpName = "FILE", Description = "A file with the token for the second. Default: CONSUL_HTTP_TOKEN_FILE, CONSUL_HTTP_TOKEN." };
        var only = new Option<string[]>("--only") { HelpName = "kv|nodes|config|queries|acl", Description = "Carry only this; may be repeated. Default: all but acl." };
        only.AcceptOnlyFromAmong([.. MigrationPart.Usual, MigrationPart.Acl]);
        var acl = new Option<bool>("--acl")
        {
            Description = "Carry access control, too: policies, roles, auth methods, binding rules, and tokens with their secrets.",
        };
        var prefix = new Option<string?>(Prefix) { HelpName = "PREFIX", Description = "Only keys that begin like this, and nothing that is no key." };
        var overwrite = new Option<bool>("--overwrite") { Description = "Replace what is different there. Without it that is left, named, and the command fails." };
        var dryRun = new Option<bool>("--dry-run") { Description = "Say what would be done, and do nothing." };
        var command = new DetailedCommand("migrate", Description, Details) { from, to, fromToken, toToken, only, acl, prefix, overwrite, dryRun };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            using var source = Open(From, parsed.GetRequiredValue(from), FromTokenFile, parsed.GetValue(fromToken), terminal);
            using var target = Open(To, parsed.GetRequiredValue(to), ToTokenFile, parsed.GetValue(toToken), terminal);
            if (source.Address == target.Address)
            {
                throw new CommandFailure($"{From} and {To} are the same agent, {source.Address}.", ExitCode.Usage);
            }

            var parts = Parts(parsed.GetValue(only) ?? [], parsed.GetValue(prefix), parsed.GetValue(acl));
            var run = new MigrationRun(source, target, terminal, parsed.GetValue(overwrite), parsed.GetValue(dryRun));
            try
            {
                return await run.RunAsync(parts, parsed.GetValue(prefix) ?? "", cancellationToken) ? ExitCode.Success : ExitCode.Failure;
            }
            catch (ConsulException failure)
            {
                throw SideFailure.Of(failure);
            }
            catch (IOException fault) when (StandardOutput.IsBrokenPipe(fault))
            {
                // Elsewhere the reader has seen enough. Here success would say that all was carried.
                throw new CommandFailure("Nobody reads what is said of it any more, so it ended before all was carried. Run it again.");
            }
        });
        return command;
    }

    private static HashSet<string> Parts(string[] only, string? prefix, bool acl)
    {
        if (prefix is not null && only.Length > 0 && !only.Contains(MigrationPart.Kv))
        {
            throw new CommandFailure($"{Prefix} is about keys, which --only leaves out: add --only {MigrationPart.Kv}, or leave out {Prefix}.", ExitCode.Usage);
        }

        HashSet<string> parts = [.. only.Length > 0 ? only : prefix is not null ? [MigrationPart.Kv] : MigrationPart.Usual];
        if (acl)
        {
            parts.Add(MigrationPart.Acl);
        }

        return parts;
    }

    private static ConsulClient Open(string option, string address, string tokenOption, string? tokenFile, Terminal terminal)
    {
        var options = ConsulConnection.ReadOptions(option, address, terminal, tokenOption, tokenFile);
        if (tokenFile is null)
        {
            // The variables are for both sides, and one of them may be content.
            options.TokenOrigin = $"a file for {tokenOption}";
        }

        // It is for the proxy of one agent, and no business of the other side's.
        if (options.HttpAuth is not null && ConsulConnection.ReadOptions(ConsulConnection.AddressOption, null, terminal).Address != options.Address)
        {
            options.HttpAuth = null;
        }

        return ConsulConnection.CreateClient(options, terminal.Time);
    }
}
