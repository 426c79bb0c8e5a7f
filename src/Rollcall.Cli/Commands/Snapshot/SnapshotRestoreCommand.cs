using System.CommandLine;

namespace Rollcall.Cli.Commands.Snapshot;

/// <summary><c>rollcall snapshot restore FILE</c>.</summary>
internal static class SnapshotRestoreCommand
{
    public static Command Create(Terminal terminal)
    {
        var file = SnapshotCommand.File();
        var command = new Command("restore", "Put what a file holds in the place of everything the agent holds.") { file };
        var connection = new ConsulConnection(command, terminal);
        command.SetAction(async (parsed, cancellationToken) =>
        {
            var name = parsed.GetRequiredValue(file);
            var archive = await SnapshotCommand.ReadAsync(name, cancellationToken);
            SnapshotCommand.Check(archive, name);
            using var client = connection.Open(parsed, SnapshotCommand.Patience);
            await client.Snapshot.RestoreAsync(archive, cancellationToken: cancellationToken);
            await terminal.Output.WriteLineAsync("Restored snapshot");
            return ExitCode.Success;
        });
        return command;
    }
}
