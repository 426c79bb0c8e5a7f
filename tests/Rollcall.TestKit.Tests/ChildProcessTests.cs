namespace Rollcall.TestKit.Tests;

public class ChildProcessTests
{
    [Fact]
    public async Task ProgramThatEnds_GivesCodeOutputAndError()
    {
        var done = await ChildProcess.RunAsync("sh", ["-c", "read x; echo got $x; echo bad >&2; exit 3"], input: "one\n");

        Assert.Equal(new ProcessOutput(3, "got one\n", "bad\n"), done);
    }

    [Fact]
    public async Task Lines_AreReadAsTheyCome_AndDisposeKills()
    {
        var child = ChildProcess.Start("sh", ["-c", "echo starting; echo ready 1; exec sleep 600"]);
        await using (child)
        {
            Assert.Equal("ready 1", await child.ReadLineAsync(l => l.StartsWith("ready", StringComparison.Ordinal)));
            Assert.False(child.HasExited);
        }

        var gone = await ChildProcess.RunAsync("sh", ["-c", $"kill -0 {child.ProcessId}"]);
        Assert.NotEqual(0, gone.ExitCode);
    }

    [Fact]
    public async Task Signal_ReachesTheProgram()
    {
        await using var child = ChildProcess.Start("sh", ["-c", "trap 'echo told; exit 0' TERM; echo ready; while :; do read -r line; done"]);
        _ = await child.ReadLineAsync(l => l == "ready");

        await child.SignalAsync("TERM");
        child.Input.Close();

        Assert.Equal("told", await child.ReadLineAsync());
    }

    [Fact]
    public async Task ProgramThatHangs_IsGivenUpOn_WithWhatItPrinted()
    {
        await using var child = ChildProcess.Start("sh", ["-c", "echo so far; exec sleep 600"]);
        _ = await child.ReadLineAsync();

        var e = await Assert.ThrowsAsync<TimeoutException>(() => child.WaitForExitAsync(TimeSpan.FromMilliseconds(1)));

        Assert.Contains("so far", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task ProgramThatEndsBeforeTheLine_SaysSo() =>
        await Assert.ThrowsAsync<InvalidOperationException>(async () =>
        {
            await using var child = ChildProcess.Start("sh", ["-c", "exit 0"]);
            _ = await child.ReadLineAsync();
        });
}
