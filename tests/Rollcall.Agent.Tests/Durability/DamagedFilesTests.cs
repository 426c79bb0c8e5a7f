using Rollcall.Agent.Durability;
using Rollcall.Agent.Store;

namespace Rollcall.Agent.Tests.Durability;

/// <summary>A start on files that lack something is refused and leaves them as they are.</summary>
public sealed class DamagedFilesTests : IDisposable
{
    private const int Commits = 20;

    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("rollcall-agent-");

    public void Dispose() => _directory.Delete(recursive: true);

    [Fact]
    public void FilesOfAKilledAgent_AreStartedOn() => Assert.Equal((ulong)Commits, Killed().Start(_directory.FullName).Index);

    [Fact]
    public void EmptiedFileBesideItsLog_IsRefused() => AssertRefused(Killed() with { File = [] });

    [Fact]
    public void LogWithoutItsFile_IsRefused() => AssertRefused(Killed() with { File = null });

    [Fact]
    public void EmptyFileWithoutALog_IsNew()
    {
        // A start that was killed before it had made the tables.
        Assert.Same(StoreRoot.Empty, new KilledJournal([], null).Start(_directory.FullName));
        Assert.Same(StoreRoot.Empty, new KilledJournal([], []).Start(_directory.FullName));
    }

    [Fact]
    public void ChangedRow_IsRefused_AndTheLogStays()
    {
        var killed = Killed();
        killed.Restore(_directory.FullName);
        using (var file = SqliteFile.Open(KilledJournal.PathIn(_directory.FullName)))
        {
            file.KeepLog(true);
            file.Execute("UPDATE log SET sum = sum + 1 WHERE number = 3");
        }

        AssertRefused(KilledJournal.Read(_directory.FullName));
    }

    [Fact]
    public void LogThatIsGone_IsRefused()
    {
        var killed = Killed();

        AssertRefused(killed with { Log = null });
        AssertRefused(killed with { Log = [] });
        AssertRefused(killed with { Log = killed.Log![..KilledJournal.LogHeaderSize] });
    }

    [Fact]
    public void LogThatIsGone_IsRefusedFromTheFirstStartOn()
    {
        using var journal = KilledJournal.Open(_directory.CreateSubdirectory("killed").FullName, out _);

        AssertRefused(KilledJournal.Read(Path.Combine(_directory.FullName, "killed")) with { Log = null });
    }

    [Fact]
    public void LogThatIsGone_IsRefusedAfterAStopAndAStart()
    {
        Killed().Start(_directory.FullName);
        using (KilledJournal.Open(_directory.FullName, out _))
        {
            AssertRefused(KilledJournal.Read(_directory.FullName) with { Log = null });
        }
    }

    [Fact]
    public void LogThatAnotherProgramPutIntoTheFile_IsRefusedWithTheWayToGoOn()
    {
        Killed().Restore(_directory.FullName);
        using (var file = SqliteFile.Open(KilledJournal.PathIn(_directory.FullName)))
        {
            file.ReadNumber("SELECT count(*) FROM rows");
        }

        var refusal = Assert.Throws<ConsulAgentException>(() => KilledJournal.Open(_directory.FullName, out _));
        const string wayOut = "UPDATE state SET in_use = 0";
        Assert.Contains(wayOut, refusal.Message, StringComparison.Ordinal);
        using (var file = SqliteFile.Open(KilledJournal.PathIn(_directory.FullName)))
        {
            file.Execute(wayOut);
        }

        using var journal = KilledJournal.Open(_directory.FullName, out var root);
        Assert.Equal((ulong)Commits, root.Index);
    }

    [Fact]
    public void StoppedAgent_LeavesNoLog()
    {
        Killed().Start(_directory.FullName);

        var stopped = KilledJournal.Read(_directory.FullName);

        Assert.Null(stopped.Log);
        Assert.Equal((ulong)Commits, stopped.Start(_directory.FullName).Index);
    }

    [Fact]
    public void StopThatCannotBeNoted_LeavesTheLog()
    {
        Killed().Restore(_directory.FullName);
        using (var file = SqliteFile.Open(KilledJournal.PathIn(_directory.FullName)))
        {
            file.KeepLog(true);
            file.Execute("CREATE TRIGGER refuse BEFORE UPDATE OF in_use ON state WHEN NEW.in_use = 0 BEGIN SELECT RAISE(ABORT, 'refused'); END");
        }

        using (var journal = KilledJournal.Open(_directory.FullName, out _))
        {
            KilledJournal.Write(journal, Commits + 1, 100);
        }

        using (KilledJournal.Open(_directory.FullName, out var root))
        {
            Assert.Equal((ulong)Commits + 1, root.Index);
        }
    }

    /// <summary>As on a full disk.</summary>
    [Fact]
    public void StartThatCannotBeNoted_IsOneAllTheSame()
    {
        Killed().Start(_directory.FullName);
        using (var file = SqliteFile.Open(KilledJournal.PathIn(_directory.FullName)))
        {
            file.Execute("CREATE TRIGGER refuse BEFORE UPDATE OF in_use ON state WHEN NEW.in_use = 1 BEGIN SELECT RAISE(ABORT, 'refused'); END");
        }

        using var journal = KilledJournal.Open(_directory.FullName, out var root);

        Assert.Equal((ulong)Commits, root.Index);
    }

    private void AssertRefused(KilledJournal files)
    {
        var directory = _directory.CreateSubdirectory("refused").FullName;
        var refusal = Assert.Throws<ConsulAgentException>(() => files.Start(directory));

        Assert.StartsWith($"{KilledJournal.PathIn(directory)} is damaged: ", refusal.Message, StringComparison.Ordinal);
        Assert.Contains("nothing was changed", refusal.Message, StringComparison.Ordinal);
        Assert.Contains("copy of the directory", refusal.Message, StringComparison.Ordinal);
        Assert.Contains("-data-dir", refusal.Message, StringComparison.Ordinal);
        Assert.Contains("rollcall snapshot restore FILE", refusal.Message, StringComparison.Ordinal);
        var left = KilledJournal.Read(directory);
        Assert.Equal(files.File, left.File);
        Assert.Equal(files.Log ?? [], left.Log ?? []);
    }

    private KilledJournal Killed() => KilledJournal.Make(new DirectoryInfo(Path.Combine(_directory.FullName, "killed")), Commits, static _ => 1000);
}
