using System.Runtime.CompilerServices;
using Rollcall.Cli.Commands.Migration.Definitions;
using Rollcall.Cli.Commands.Migration.Definitions.Acl;
using Rollcall.Cli.Output;
using Rollcall.Consul;

namespace Rollcall.Cli.Commands.Migration;

/// <summary>Carries the parts that were asked for, one after the other. One that can't be carried does not hold up the others.</summary>
/// <param name="source">The agent to take from.</param>
/// <param name="target">The agent to bring to.</param>
/// <param name="terminal">Where it is told.</param>
/// <param name="overwrite">Whether what is different there is replaced.</param>
/// <param name="dryRun">Whether it is only told.</param>
internal sealed class MigrationRun(ConsulClient source, ConsulClient target, Terminal terminal, bool overwrite, bool dryRun)
{
    /// <summary>False if something was left behind.</summary>
    public async Task<bool> RunAsync(IReadOnlySet<string> parts, string prefix, CancellationToken cancellationToken)
    {
        var complete = await new SourceAccess(source, terminal).CheckAsync(parts, prefix, cancellationToken);
        var told = new HashSet<string>();
        await foreach (var migration in MigrationsAsync(parts, prefix, cancellationToken))
        {
            try
            {
                complete &= await RunAsync(migration, cancellationToken);
            }
            catch (CommandFailure failure)
            {
                complete = false;

                // Kinds that are missing together are missing for one reason.
                if (told.Add(failure.Message))
                {
                    await terminal.Error.WriteLineAsync(PeerText.Printable(failure.Message));
                }
            }
        }

        return complete;
    }

    private static async Task<bool> RunAsync(IMigration migration, CancellationToken cancellationToken)
    {
        try
        {
            return await migration.RunAsync(cancellationToken);
        }
        catch (ConsulException failure) when (SideFailure.IsRefusal(failure))
        {
            throw SideFailure.Of(failure);
        }
    }

    /// <summary>Access control is the first, because the others may name what belongs to it.</summary>
    private async IAsyncEnumerable<IMigration> MigrationsAsync(
        IReadOnlySet<string> parts, string prefix, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        if (parts.Contains(MigrationPart.Acl))
        {
            foreach (var kind in new AclDefinitions[] { new Policies(), new Roles(), new AuthMethods(), new BindingRules(), new Tokens() })
            {
                yield return Of(kind);
            }
        }

        if (parts.Contains(MigrationPart.Kv))
        {
            yield return new KvMigration(source, target, prefix, terminal, overwrite, dryRun);
        }

        if (parts.Contains(MigrationPart.Nodes))
        {
            yield return Of(new ExternalNodes());
        }

        if (parts.Contains(MigrationPart.Config))
        {
            var asEntries = await HaveIntentionsAsEntriesAsync(cancellationToken);
            yield return Of(new ConfigEntries(asEntries));
            if (!asEntries)
            {
                yield return Of(new Intentions());
            }
        }

        if (parts.Contains(MigrationPart.Queries))
        {
            yield return Of(new PreparedQueries());
        }
    }

    private DefinitionMigration Of(DefinitionKind kind) => new(kind, source, target, terminal, overwrite, dryRun);

    private async Task<bool> HaveIntentionsAsEntriesAsync(CancellationToken cancellationToken) =>
        await ConfigEntries.KnowsAsync(source, ConfigEntries.IntentionsKind, cancellationToken)
        && await ConfigEntries.KnowsAsync(target, ConfigEntries.IntentionsKind, cancellationToken);
}
