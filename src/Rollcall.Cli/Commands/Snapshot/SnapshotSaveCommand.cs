using System.CommandLine;
using System.Formats.Tar;
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
            var name = GivenValue.Path(parsed.GetRequiredValue(file), "FILE");
            using var client = connection.Open(parsed, SnapshotCommand.Patience);
            var archive = (await client.Snapshot.SaveAsync(cancellationToken: cancellationToken)).Value.ToArray();
            var summary = SnapshotCommand.Check(archive, "What the agent sent");
            try
            {
                Replace(name, archive);
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

    /// <summary>Puts the archive in the place of the file, or of the one that a link leads to.</summary>
    private static void Replace(string name, byte[] archive)
    {
        var file = new FileInfo(name).LinkTarget is null ? name : File.ResolveLinkTarget(name, returnFinalTarget: true)!.FullName;
        if (IsNoFile(file))
        {
            throw new CommandFailure($"{name} is a pipe, a device or a socket: give the name of a file. It is left as it is.");
        }

        DurableFile.Replace(file, stream => stream.Write(archive));
    }

    /// <summary>Whether it is there, and can't be replaced by a file without ending what others use it for. .NET tells that to nobody but those who pack it.</summary>
    private static bool IsNoFile(string path)
    {
        // Only files have a length.
        if (new FileInfo(path) is not { Exists: true, Length: 0 })
        {
            return false;
        }

        try
        {
            using var packed = new MemoryStream();
            using (var writer = new TarWriter(packed, leaveOpen: true))
            {
                writer.WriteEntry(path, "file");
            }

            packed.Position = 0;
            using var reader = new TarReader(packed);
            return reader.GetNextEntry()?.EntryType is not TarEntryType.RegularFile;
        }
        catch (IOException)
        {
            // A socket, which none packs.
            return true;
        }
    }
}
