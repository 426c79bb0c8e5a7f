using System.Text;
using Rollcall.Cli.Commands.Snapshot;
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

    [Fact]
    public async Task WriteInterrupted_LeavesNoPartOfAFile()
    {
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => SnapshotSaveCommand.WriteAsync(File, new byte[1 << 20], new CancellationToken(true)));

        Assert.Empty(Directory.GetFiles(_directory));
    }

    public Task InitializeAsync() => _agent.InitializeAsync();

    public async Task DisposeAsync()
    {
        await _agent.DisposeAsync();
        Directory.Delete(_directory, recursive: true);
    }
}
