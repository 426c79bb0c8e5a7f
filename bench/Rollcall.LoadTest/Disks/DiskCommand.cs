using System.CommandLine;
using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using Rollcall.LoadTest.Agents;
using Rollcall.LoadTest.Measuring;

namespace Rollcall.LoadTest.Disks;

/// <summary>
/// The disk under a durable agent fails at one write, sync, rename or other change after another: for one call, for some, or until it is healed, with an error of the
/// device or because it is full, in the middle of writes and at each call of a start. What was acknowledged has to be there after the next start, and what was refused not before it.
/// </summary>
internal static class DiskCommand
{
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(30);

    public static Command Create()
    {
        var points = new Option<int>("--points") { DefaultValueFactory = _ => 400, Description = "How many times the disk fails under writes." };
        var starts = new Option<int?>("--starts") { Description = "How many starts the disk fails in; without it at each call of a start, once and for good." };
        var json = new Option<bool>("--json") { Description = "Print one JSON object as the last line." };
        var command = new Command("disk", "The disk fails under the agent: nothing that was acknowledged is lost, and it always starts. Needs a C compiler, cc.") { points, starts, json };
        command.SetAction((parsed, cancel) => RunAsync(parsed.GetValue(points), parsed.GetValue(starts), parsed.GetValue(json), cancel));
        return command;
    }

    private static async Task<int> RunAsync(int points, int? starts, bool json, CancellationToken cancel)
    {
        var work = Directory.CreateTempSubdirectory("rollcall-disk-").FullName;
        try
        {
            await CompileAsync(work, cancel);
            using var control = new DiskControl(Path.Combine(work, "control"));
            var trial = new DiskTrial(work, control);
            await trial.FailUnderWritesAsync(points, cancel);
            await trial.FailInStartsAsync(starts, cancel);
            var report = trial.Report;
            Console.WriteLine(string.Create(
                CultureInfo.InvariantCulture,
                $"{points} faults under writes and {report.FailedStarts} in starts, {report.FailedCalls} calls failed ({string.Join(", ", report.FailedByKind.Select(static kind => $"{kind.Key} {kind.Value}"))}): {report.Acknowledged} writes acknowledged, {report.Refused} refused, {report.Restarts} restarts; {report.Lost} lost, {report.Kept} refused but there, {report.Stuck} not taken after the disk was well, {report.ReadsFailed} reads failed, {report.Unsynced} taken for kept that were not synced, {report.Unexplained} refusals without a reason"));
            Console.WriteLine(string.Create(
                CultureInfo.InvariantCulture,
                $"longest start {report.LongestStart:0.0} s: its threads ran {report.LongestStartRan:0.0} s and waited {report.LongestStartWaitedToRun:0.0} s for a processor"));
            if (json)
            {
                Console.WriteLine(JsonSerializer.Serialize(report, JsonSerializerOptions.Web));
            }

            return report.IsGood ? 0 : 1;
        }
        finally
        {
            Directory.Delete(work, recursive: true);
        }
    }

    private static async Task CompileAsync(string work, CancellationToken cancel)
    {
        using var compiler = Process.Start("cc", ["-shared", "-fPIC", "-O1", "-o", Path.Combine(work, "failing-disk.so"), Path.Combine(AppContext.BaseDirectory, "Disks", "failing-disk.c"), "-ldl"]);
        await compiler.WaitForExitAsync(cancel).WaitAsync(s_patience, cancel);
        if (compiler.ExitCode != 0)
        {
            throw new InvalidOperationException("cc could not compile the failing disk.");
        }
    }
}
