using System.Globalization;
using Rollcall.Agent.Checks;
using Rollcall.TestKit;

namespace Rollcall.Agent.Tests.Checks;

public sealed class OsServiceCheckTests
{
    /// <summary>With systemd the unit is unknown, without it nobody can be asked: critical either way, and the output says which.</summary>
    [Fact]
    public async Task UnitThatIsNotThere_IsCriticalAndSaysWhy()
    {
        await using var rig = new CheckRig();

        var (_, status, output) = await rig.FirstResultAsync(CheckRig.Spec(CheckKind.OsService, "no-such-unit-of-anybody"));

        Assert.Equal("critical", status);
        Assert.Matches("Service \"no-such-unit-of-anybody\" is |systemctl could not be started", output);
    }

    [Fact]
    public async Task ProgramThatDoesNotAnswer_EndsWithTheProbe()
    {
        if (OperatingSystem.IsWindows())
        {
            return;
        }

        var directory = Directory.CreateTempSubdirectory("rollcall-test-");
        try
        {
            // Says who it is in a file that has the unit's name, and never answers.
            var program = Path.Combine(directory.FullName, "systemctl");
            await File.WriteAllTextAsync(program, "#!/bin/sh\necho $$ > \"$3.new\"; mv \"$3.new\" \"$3\"; exec cat /dev/zero > /dev/null\n");
            File.SetUnixFileMode(program, UnixFileMode.UserRead | UnixFileMode.UserExecute);
            var unit = Path.Combine(directory.FullName, "pid");
            using var stop = new CancellationTokenSource();
            var probe = new OsServiceCheck(program).RunAsync(CheckRig.Spec(CheckKind.OsService, unit), stop.Token);
            await Eventually.TrueAsync(() => File.Exists(unit));
            var pid = (await File.ReadAllTextAsync(unit)).Trim();

            await stop.CancelAsync();

            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => probe.WithinAsync());
            await Eventually.TrueAsync(() => !IsRunning(pid));
        }
        finally
        {
            directory.Delete(recursive: true);
        }
    }

    /// <summary>A <c>systemctl</c> that answers as systemd's does: the state as a word, and 0 for active alone.</summary>
    [Theory]
    [InlineData("active", 0, "passing", "Service \"web.service\" is healthy")]
    [InlineData("inactive", 3, "critical", "Service \"web.service\" is inactive")]
    [InlineData("failed", 3, "critical", "Service \"web.service\" is failed")]
    [InlineData("activating", 3, "critical", "Service \"web.service\" is activating")]
    [InlineData("", 4, "critical", "Service \"web.service\" is not known to systemd")]
    public async Task StateOfTheUnit_IsTheStatus(string state, int exitCode, string status, string output)
    {
        if (OperatingSystem.IsWindows())
        {
            return;
        }

        var directory = Directory.CreateTempSubdirectory("rollcall-test-");
        try
        {
            // Knows this question about this unit alone.
            var program = Path.Combine(directory.FullName, "systemctl");
            await File.WriteAllTextAsync(program, $"#!/bin/sh\n[ \"$*\" = 'is-active -- web.service' ] || exit 99\necho '{state}'\nexit {exitCode}\n");
            File.SetUnixFileMode(program, UnixFileMode.UserRead | UnixFileMode.UserExecute);

            var result = await new OsServiceCheck(program).RunAsync(CheckRig.Spec(CheckKind.OsService, "web.service"), CancellationToken.None).WithinAsync();

            Assert.Equal((status, output), (result.Status, result.Output));
        }
        finally
        {
            directory.Delete(recursive: true);
        }
    }

    private static bool IsRunning(string pid)
    {
        try
        {
            using var process = System.Diagnostics.Process.GetProcessById(int.Parse(pid, CultureInfo.InvariantCulture));
            return !process.HasExited;
        }
        catch (ArgumentException)
        {
            return false;
        }
    }
}
