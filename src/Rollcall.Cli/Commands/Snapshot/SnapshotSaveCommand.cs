using System.CommandLine;
using Rollcall.Agent.Durability;

namespace Rollcall.Cli.Commands.Snapshot;

/// <summary><c>rollcall snapshot save FILE</c>.</summary>
internal static class SnapshotSaveCommand
{
    public static Command Create(Terminal terminal)
    {
        var file = SnapshotCommand.File();
        var command = new Command("save", "Write everything the agent holds to a file. A file of that name is replaced once the new one is whole.") { file };
        var connection = new ConsulConnection(command, terminal);
        command.SetAction(async (parsed, cancellationToken) =>
        {
            var name = GivenPath.Check(parsed.GetRequiredValue(file), "FILE");
            using var client = connection.Open(parsed, SnapshotCommand.Patience);
            var archive = (await client.Snapshot.SaveAsync(cancellationToken: cancellationToken)).Value.ToArray();
            var summary = SnapshotCommand.Check(archive, "What the agent sent");
            try
            {
                await ReplaceAsync(name, archive, cancellationToken);
            }
            catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
            {
                throw new CommandFailure($"{name} can't be written: {exception.Message}");
            }

            await terminal.Output.WriteLineAsync($"Saved and verified snapshot to index {summary.Index}");
            return ExitCode.Success;
        });
        return command;
    }

    /// <summary>Puts the archive in the place of the file. What is told to be saved is there after a power cut, too.</summary>
    private static async Task ReplaceAsync(string file, ReadOnlyMemory<byte> archive, CancellationToken cancellationToken)
    {
        var partial = $"{file}.unverified";
        await WriteAsync(partial, archive, cancellationToken);
        try
        {
            File.Move(partial, file, overwrite: true);
        }
        catch
        {
            // It holds whatever keys hold, and nobody would look for it.
            File.Delete(partial);
            throw;
        }

        DurableFile.SyncDirectoryOf(file);
    }

    /// <summary>Writes a file that is whole or not there.</summary>
    internal static async Task WriteAsync(string file, ReadOnlyMemory<byte> content, CancellationToken cancellationToken)
    {
        var options = new FileStreamOptions { Mode = FileMode.Create, Access = FileAccess.Write, Share = FileShare.Delete };
        if (!OperatingSystem.IsWindows())
        {
            // It holds whatever keys hold: for nobody else.
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        }

        await using var stream = new FileStream(file, options);
        try
        {
            await stream.WriteAsync(content, cancellationToken);
            stream.Flush(flushToDisk: true);
        }
        catch
        {
            File.Delete(file);
            throw;
        }
    }
}
