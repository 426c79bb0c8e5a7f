using System.Diagnostics;
using System.Text;
using Rollcall.TestKit;

namespace Rollcall.Cli.Tests.Commands.Snapshot;

public sealed class SnapshotCommandTests : IAsyncLifetime
{
    private readonly string _directory = Directory.CreateTempSubdirectory("rollcall-").FullName;
    private readonly AgentFixture _agent = new();

    private string File => Path.Combine(_directory, "s.tgz");

    [Fact]
    public async Task Save_Inspect_Restore()
    {
        using var client = _agent.CreateClient();
        Assert.True(await client.Kv.PutAsync("a", Encoding.UTF8.GetBytes("1")).WithinAsync());

        var saved = await CliRun.RunAsync(_agent.Address, "snapshot", "save", File);
        Assert.Equal((0, ""), (saved.ExitCode, saved.Error));
        Assert.Matches(@"^Saved and verified snapshot to index \d+\n$", saved.Output);

        var inspected = await CliRun.RunAsync(_agent.Address, "snapshot", "inspect", File);
        Assert.Equal((0, ""), (inspected.ExitCode, inspected.Error));
        Assert.Matches(@"(?m)^Version      1$", inspected.Output);
        Assert.Matches(@"(?m)^Kv             1$", inspected.Output);

        Assert.True(await client.Kv.DeleteAsync("a").WithinAsync());
        var restored = await CliRun.RunAsync(_agent.Address, "snapshot", "restore", File);
        Assert.Equal((0, "Restored snapshot\n", ""), (restored.ExitCode, restored.Output, restored.Error));
        Assert.NotNull((await client.Kv.GetAsync("a").WithinAsync()).Value);
    }

    [RequiresConsulFact]
    public async Task FileOfConsul_IsInspectedByNames()
    {
        await using var consul = await RealConsul.StartAsync();
        Assert.Equal(0, (await CliRun.RunAsync(consul.Address, "snapshot", "save", File)).ExitCode);

        var inspected = await CliRun.RunAsync(_agent.Address, "snapshot", "inspect", File);

        Assert.Matches(@"(?m)^ConnectCAConfig +1$", inspected.Output);
        Assert.DoesNotMatch(@"(?m)^\d", inspected.Output);
    }

    [Theory]
    [InlineData("inspect")]
    [InlineData("restore")]
    public async Task FileThatIsNone_IsRefused(string command)
    {
        await System.IO.File.WriteAllTextAsync(File, "nothing of the kind");

        var result = await CliRun.RunAsync(_agent.Address, "snapshot", command, File);

        Assert.Equal(1, result.ExitCode);
        Assert.Contains($"{File} is no snapshot, or damaged: failed to decompress snapshot: gzip: invalid header", result.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task FileThatCantBeWritten_IsNamed()
    {
        var file = Path.Combine(_directory, "nowhere", "s.tgz");

        var result = await CliRun.RunAsync(_agent.Address, "snapshot", "save", file);

        Assert.Equal(1, result.ExitCode);
        Assert.Contains($"{file} can't be written", result.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task NameThatIsADirectory_LeavesNothingBehind()
    {
        var directory = Directory.CreateDirectory(File).FullName;

        var result = await CliRun.RunAsync(_agent.Address, "snapshot", "save", directory);

        Assert.Equal(1, result.ExitCode);
        Assert.Contains($"{directory} can't be written", result.Error, StringComparison.Ordinal);
        Assert.Empty(Directory.GetFiles(_directory));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task LinkToAFile_StaysALink(bool isThere)
    {
        if (OperatingSystem.IsWindows())
        {
            return;
        }

        if (isThere)
        {
            await System.IO.File.WriteAllTextAsync(File, "old");
        }

        var link = Path.Combine(_directory, "latest");
        System.IO.File.CreateSymbolicLink(link, "s.tgz");

        var saved = await CliRun.RunAsync(_agent.Address, "snapshot", "save", link);

        Assert.Equal((0, ""), (saved.ExitCode, saved.Error));
        Assert.Equal("s.tgz", new FileInfo(link).LinkTarget);
        Assert.Equal(0, (await CliRun.RunAsync(_agent.Address, "snapshot", "inspect", File)).ExitCode);
        Assert.Equal([link, File], Directory.GetFiles(_directory).Order(StringComparer.Ordinal));
    }

    [Theory]
    [InlineData("p")]
    [InlineData("link")]
    public async Task Pipe_IsLeft(string given)
    {
        if (OperatingSystem.IsWindows())
        {
            return;
        }

        var (pipe, link) = (Path.Combine(_directory, "p"), Path.Combine(_directory, "link"));
        Assert.Equal(0, await ShellAsync("mkfifo \"$0\"", pipe));
        System.IO.File.CreateSymbolicLink(link, pipe);
        var path = Path.Combine(_directory, given);

        var saved = await CliRun.RunAsync(_agent.Address, "snapshot", "save", path);

        Assert.Equal((1, ""), (saved.ExitCode, saved.Output));
        Assert.Equal($"{path} is a pipe, a device or a socket: give the name of a file. It is left as it is.\n", saved.Error);
        Assert.Equal(0, await ShellAsync("test -p \"$0\"", pipe));
        Assert.Equal([link, pipe], Directory.GetFileSystemEntries(_directory).Order(StringComparer.Ordinal));
    }

    // Whoever could read a file that an earlier run left would read the secrets of all tokens.
    [Fact]
    public async Task LeftOverOfAnEarlierRun_LendsTheNewFileNothing()
    {
        if (OperatingSystem.IsWindows())
        {
            return;
        }

        foreach (var suffix in new[] { "unverified", "tmp" })
        {
            await System.IO.File.WriteAllTextAsync($"{File}.{suffix}", "");
            System.IO.File.SetUnixFileMode($"{File}.{suffix}", (UnixFileMode)0b110_110_110);
        }

        var saved = await CliRun.RunAsync(_agent.Address, "snapshot", "save", File);

        Assert.Equal((0, ""), (saved.ExitCode, saved.Error));
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, System.IO.File.GetUnixFileMode(File));
    }

    [Fact]
    public async Task SaveInterrupted_IsNoSuccess_AndLeavesTheFileThatWasThere()
    {
        await System.IO.File.WriteAllTextAsync(File, "old");
        await using var peer = await LoopbackPeer.StartAsync(context => Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, context.RequestAborted));
        await using var run = CliRun.Start(peer.Address, "snapshot", "save", File);
        await Eventually.TrueAsync(() => peer.Open > 0);

        Assert.Equal(130, await run.InterruptAsync());

        Assert.StartsWith("Interrupted:", run.Error.ToString(), StringComparison.Ordinal);
        Assert.Equal("old", await System.IO.File.ReadAllTextAsync(File));
        Assert.Equal([File], Directory.GetFiles(_directory));
    }

    public Task InitializeAsync() => _agent.InitializeAsync();

    public async Task DisposeAsync()
    {
        await _agent.DisposeAsync();
        Directory.Delete(_directory, recursive: true);
    }

    private static async Task<int> ShellAsync(string command, string path)
    {
        using var shell = Process.Start("/bin/sh", ["-c", command, path]);
        await shell.WaitForExitAsync().WithinAsync();
        return shell.ExitCode;
    }
}
