using System.CommandLine;
using System.Globalization;
using Rollcall.Cli.Output;

namespace Rollcall.Cli.Commands.Snapshot;

/// <summary><c>rollcall snapshot inspect FILE</c>: asks no agent.</summary>
internal static class SnapshotInspectCommand
{
    public static Command Create(Terminal terminal)
    {
        var file = SnapshotCommand.File();
        var command = new Command("inspect", "Check a file, and say what it holds.") { file };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            var name = parsed.GetRequiredValue(file);
            var summary = SnapshotCommand.Check(await SnapshotCommand.ReadAsync(name, cancellationToken), name);
            var width = summary.Records.Select(static pair => pair.Key.Length).Append(14).Max();
            string[] lines =
            [
                $"ID           {summary.Id}",
                string.Create(CultureInfo.InvariantCulture, $"Size         {summary.Size}"),
                string.Create(CultureInfo.InvariantCulture, $"Index        {summary.Index}"),
                string.Create(CultureInfo.InvariantCulture, $"Term         {summary.Term}"),
                string.Create(CultureInfo.InvariantCulture, $"Version      {summary.Version}"),
                "",
                $"{"Record".PadRight(width)} Count",
                .. summary.Records.Select(pair => string.Create(CultureInfo.InvariantCulture, $"{pair.Key.PadRight(width)} {pair.Value}")),
            ];
            foreach (var line in lines)
            {
                await terminal.Output.WriteLineAsync(PeerText.OneLine(line));
            }

            return ExitCode.Success;
        });
        return command;
    }
}
