using System.CommandLine;
using Rollcall.Agent;

namespace Rollcall.Cli.Commands.Snapshot;

/// <summary><c>rollcall snapshot</c>: everything an agent holds as one file.</summary>
internal static class SnapshotCommand
{
    /// <summary>How long an agent may say nothing: it makes an archive, or takes one in, as a whole.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    public static Command Create(Terminal terminal) => new("snapshot", "Save and restore everything an agent holds, in Consul's format.")
    {
        SnapshotSaveCommand.Create(terminal),
        SnapshotRestoreCommand.Create(terminal),
        SnapshotInspectCommand.Create(terminal),
    };

    public static Argument<string> File() => new("FILE") { Description = "The archive." };

    public static async Task<byte[]> ReadAsync(string file, CancellationToken cancellationToken)
    {
        try
        {
            return await System.IO.File.ReadAllBytesAsync(GivenValue.Path(file, "FILE"), cancellationToken);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new CommandFailure($"{file} can't be read: {exception.Message}");
        }
    }

    /// <summary>What is in it, so that nothing damaged is kept or restored.</summary>
    public static ConsulSnapshot Check(byte[] archive, string name)
    {
        try
        {
            return ConsulSnapshot.Read(archive, Array.MaxLength);
        }
        catch (InvalidDataException exception)
        {
            throw new CommandFailure($"{name} is no snapshot, or damaged: {exception.Message}");
        }
    }
}
