using System.Globalization;
using Rollcall.Agent.Checks;
using Rollcall.TestKit;

namespace Rollcall.Agent.Tests.Checks;

public sealed class ScriptCheckTests : IDisposable
{
    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("rollcall-test-");

    public void Dispose() => _directory.Delete(recursive: true);

    /// <summary>The child holds the script's output, so that the probe ends by its timeout; by then the script itself is gone.</summary>
    [Theory]
    [InlineData("sleep 9999 & echo $! > \"$1.new\"; mv \"$1.new\" \"$1\"; exit 0")]
    [InlineData("(sleep 9999 & echo $! > \"$1.new\"; mv \"$1.new\" \"$1\"; wait) &")]
    public async Task WhatAScriptStartedAndLeft_EndsWithTheProbe(string script)
    {
        if (!OperatingSystem.IsLinux())
        {
            return;
        }

        var file = Path.Combine(_directory.FullName, "pid");
        using var stop = new CancellationTokenSource();
        var spec = CheckRig.Spec(CheckKind.Script, "") with { Arguments = ["sh", "-c", script, "sh", file] };
        var probe = new ScriptCheck().RunAsync(spec, stop.Token);
        await Eventually.TrueAsync(() => File.Exists(file));
        var pid = int.Parse((await File.ReadAllTextAsync(file)).Trim(), CultureInfo.InvariantCulture);
        Assert.True(IsRunning(pid));

        await stop.CancelAsync();

        Assert.StartsWith("Timed out ", (await probe.WithinAsync()).Output, StringComparison.Ordinal);
        await Eventually.TrueAsync(() => !IsRunning(pid));
    }

    [Theory]
    [InlineData("no-such-program-of-anybody", "exec: \"no-such-program-of-anybody\": executable file not found in $PATH")]
    [InlineData("/no/such/program", "fork/exec /no/such/program: no such file or directory")]
    public async Task ProgramThatIsNotThere_IsCriticalInConsulsWords(string program, string output) =>
        Assert.Equal(new ProbeResult("critical", output), await RunAsync(program));

    [Fact]
    public async Task LongOutput_KeepsTheEndOfBothStreamsAndSaysSo()
    {
        if (OperatingSystem.IsWindows())
        {
            return;
        }

        var result = await RunAsync("sh", "-c", "seq 1 2000; seq 1 2000 >&2; exit 1");

        Assert.Equal("warning", result.Status);
        Assert.StartsWith("Captured 4096 of 17786 bytes\n...\n", result.Output, StringComparison.Ordinal);
        Assert.EndsWith("\n1999\n2000\n", result.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task BothStreams_AreOneOutput() => Assert.Equal(new ProbeResult("passing", "out\nerr\n"), await RunAsync("sh", "-c", "echo err >&2; echo out"));

    /// <summary>A shell would take any text for its own.</summary>
    [Theory]
    [InlineData("#!/bin/sh\nexit 0", "passing")]
    [InlineData("exit 0", "critical")]
    [InlineData("", "critical")]
    public async Task FileThatTheSystemDoesNotRun_IsCritical(string content, string status)
    {
        if (OperatingSystem.IsWindows())
        {
            return;
        }

        var file = Path.Combine(_directory.FullName, "check");

        // By another process: what this one holds open for writing, whoever it starts meanwhile holds, too, and the system does not run that.
        Assert.Equal("passing", (await RunAsync("sh", "-c", "printf %s \"$1\" > \"$2\"; chmod 500 \"$2\"", "sh", content, file)).Status);
        var result = await RunAsync(file);

        Assert.Equal(status, result.Status);
        Assert.Equal(status == "critical", result.Output == $"fork/exec {file}: exec format error");
    }

    private static Task<ProbeResult> RunAsync(params string[] arguments) =>
        new ScriptCheck().RunAsync(CheckRig.Spec(CheckKind.Script, "") with { Arguments = arguments }, CancellationToken.None).WithinAsync();

    // One that ended and that nobody has asked for its exit code is not running either.
    private static bool IsRunning(int pid)
    {
        try
        {
            return File.ReadAllText($"/proc/{pid}/stat").Split(')')[^1].TrimStart()[0] != 'Z';
        }
        catch (IOException)
        {
            return false;
        }
    }
}
