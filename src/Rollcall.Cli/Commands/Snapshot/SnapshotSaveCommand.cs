using System.CommandLine;

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
            var name = parsed.GetRequiredValue(file);
            using var client = connection.Open(parsed);
            var archive = (await client.Snapshot.SaveAsync(cancellationToken: cancellationToken)).Value.ToArray();
            var summary = SnapshotCommand.Check(archive, "What the agent sent");
            var partial = $"{name}.unverified";
            try
            {
                // It holds whatever keys hold: for nobody else.
                var options = new FileStreamOptions { Mode = FileMode.Create, Access = FileAccess.Write };
                if (!OperatingSystem.IsWindows())
                {
                    options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
                }

                await using (var stream = new FileStream(partial, options))
                {
                    await stream.WriteAsync(archive, cancellationToken);
                    stream.Flush(flushToDisk: true);
                }

                File.Move(partial, name, overwrite: true);
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
}
