using System.Buffers.Binary;
using System.Globalization;
using Rollcall.Agent.Durability;

namespace Rollcall.Agent.Tests.Durability;

/// <summary>What changed by itself in the log is told apart from what a kill or a power cut leaves.</summary>
public sealed class WriteAheadLogTests : IDisposable
{
    private const int Commits = 24;

    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("rollcall-agent-");

    public void Dispose() => _directory.Delete(recursive: true);

    [Fact]
    public void ByteThatChanged_IsRefused_OrOneOfTheLastCommits()
    {
        var killed = Killed();
        var random = new Random(1);
        var refused = 0;
        for (var i = 0; i < 250; i++)
        {
            refused += CheckChange(killed, random.Next(killed.Log!.Length), (byte)random.Next(1, 256)) ? 1 : 0;
        }

        Assert.True(refused > 180, string.Create(CultureInfo.InvariantCulture, $"{refused} refused"));
    }

    [Fact]
    public void BitOfEachFieldThatChanged_IsRefused_OrOneOfTheLastCommits()
    {
        var killed = Killed();
        for (var at = 0; at < KilledJournal.LogHeaderSize; at += 2)
        {
            Assert.True(CheckChange(killed, at, 0x10));
        }

        var frames = killed.Frames();
        foreach (var (frame, _) in (ReadOnlySpan<(int, bool)>)[frames[0], frames[1], frames[^9], .. frames[^6..]])
        {
            // Number of the page, mark of the commit, salts, checksums, page.
            foreach (var at in (ReadOnlySpan<int>)[3, 7, 9, 13, 17, 21, 24, 2000, 4119])
            {
                CheckChange(killed, frame + at, 0x40);
            }
        }
    }

    [Fact]
    public void LostBlock_IsRefused()
    {
        var killed = Killed();
        var frames = killed.Frames();
        foreach (var (at, bytes) in (ReadOnlySpan<(int, int)>)[(0, 512), (0, 4096), (frames[2].At / 512 * 512, 512), (frames.Count / 2 * 4096, 4096), (8192, 16384)])
        {
            var log = killed.Log!.ToArray();
            log.AsSpan(at, bytes).Clear();

            Assert.Throws<ConsulAgentException>(() => (killed with { Log = log }).Start(_directory.FullName));
        }
    }

    [Fact]
    public void LogThatWasCutOff_HasWhatWasCommittedBefore()
    {
        var killed = Killed();
        var frames = killed.Frames();
        var commits = frames.Count(static frame => frame.IsCommit);
        foreach (var frame in frames.Skip(1))
        {
            var before = frames.Count(other => other.IsCommit && other.At < frame.At);
            foreach (var length in (ReadOnlySpan<int>)[frame.At, frame.At + 10, frame.At + KilledJournal.FrameHeaderSize, frame.At + KilledJournal.FrameSize - 1])
            {
                Assert.Equal(IndexAfter(before, commits), (killed with { Log = killed.Log![..length] }).Start(_directory.FullName).Index);
            }
        }
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void FramesOfTheLastCommitThatDidNotReachTheDisk_AreATornTail(bool longCommitBefore)
    {
        var directory = _directory.CreateSubdirectory("torn").FullName;
        using var journal = KilledJournal.Open(directory, out _);
        for (var index = 1ul; index <= 5; index++)
        {
            KilledJournal.Write(journal, index, longCommitBefore ? 20_000 : 100);
        }

        var before = KilledJournal.Read(directory);
        KilledJournal.Write(journal, 6, 20_000);
        var after = KilledJournal.Read(directory);
        var torn = after.Frames().Skip(before.Frames().Count).ToList();
        Assert.InRange(torn.Count, 5, 12);
        for (var missing = 1; missing < 1 << torn.Count; missing += 5)
        {
            var log = after.Log!.ToArray();
            for (var i = 0; i < torn.Count; i++)
            {
                if ((missing & (1 << i)) != 0)
                {
                    log.AsSpan(torn[i].At, KilledJournal.FrameSize).Clear();
                }
            }

            Assert.Equal(5ul, (after with { Log = log }).Start(_directory.FullName).Index);
        }
    }

    [Fact]
    public void SectorsOfTheLastCommitThatDidNotReachTheDisk_AreATornTail()
    {
        // A sector can end within the header of a frame: what stands there from before may be the end of a commit.
        var (_, after) = BegunAnew();
        var index = after.Start(_directory.FullName).Index;
        var sectors = 0;
        foreach (var (at, _) in after.Frames().Skip(1).SkipLast(1))
        {
            var begin = at / 512 * 512;
            var written = begin + 512 - at;
            if (written is 8 or 16)
            {
                sectors++;
                var log = after.Log!.ToArray();
                new Random(1).NextBytes(log.AsSpan(begin, 512));

                Assert.Equal(index - 1, (after with { Log = log }).Start(_directory.FullName).Index);
            }
        }

        Assert.True(sectors >= 2);
    }

    [Fact]
    public void WhatFailedWritesLeftBehindTheLastCommit_IsNotDamage()
    {
        // Each is written where the one before was, which was taken back when it could not be synced.
        var first = Killed();
        var log = Append(first, 60_000).Log!;
        foreach (var bytes in (ReadOnlySpan<int>)[40_000, 20_000, 9_000])
        {
            var shorter = Append(first, bytes).Log!;
            Assert.True(shorter.Length < log.Length);
            log = [.. shorter, .. log[shorter.Length..]];
        }

        var last = Append(first, 100).Log!;
        log = [.. last, .. log[last.Length..]];

        Assert.Equal((ulong)Commits, (first with { Log = log }).Start(_directory.FullName).Index);

        // And of the last one its end, then its begin, did not reach the disk.
        log.AsSpan(last.Length - 1000, 1000).Clear();
        Assert.Equal((ulong)Commits, (first with { Log = log }).Start(_directory.FullName).Index);
        log.AsSpan(first.Log!.Length, 1000).Clear();
        Assert.Equal((ulong)Commits, (first with { Log = log }).Start(_directory.FullName).Index);
    }

    [Fact]
    public void FramesFromBeforeTheLogWasBegunAnew_AreNotLookedAt()
    {
        var (_, after) = BegunAnew();
        var frames = after.Frames();
        var end = frames[^1].At + KilledJournal.FrameSize;
        Assert.True(after.Log!.Length > end + (100 * KilledJournal.FrameSize));
        var index = after.Start(_directory.FullName).Index;
        var random = new Random(1);
        for (var i = 0; i < 20; i++)
        {
            var log = after.Log.ToArray();
            log[random.Next(end, log.Length)] ^= 0x20;
            Assert.Equal(index, (after with { Log = log }).Start(_directory.FullName).Index);
        }

        // The first commit is not on the disk yet, only the header.
        var torn = after.Log.ToArray();
        torn.AsSpan(frames[0].At, 5000).Clear();
        Assert.Equal(index - 1, (after with { Log = torn }).Start(_directory.FullName).Index);
    }

    [Theory]
    [InlineData(16)]
    [InlineData(20)]
    [InlineData(24)]
    public void HeaderTornWhenTheLogWasBegunAnew_IsNotDamage(int written)
    {
        var (before, after) = BegunAnew();
        var index = before.Start(_directory.FullName).Index;

        byte[] torn = [.. after.Log![..written], .. before.Log![written..]];

        Assert.Equal(index, (before with { Log = torn }).Start(_directory.FullName).Index);
    }

    /// <summary>Starts on a log with a byte that is another, and looks at what comes of it. True: the start was refused.</summary>
    private bool CheckChange(KilledJournal killed, int at, byte change)
    {
        var log = killed.Log!.ToArray();
        log[at] ^= change;
        var changed = killed with { Log = log };
        var frames = killed.Frames();
        var commits = frames.Count(static frame => frame.IsCommit);
        var commit = frames.Count(frame => frame.IsCommit && frame.At + KilledJournal.FrameSize <= at);
        var isMark = at >= KilledJournal.LogHeaderSize && (at - KilledJournal.LogHeaderSize) % KilledJournal.FrameSize is >= 4 and < 8;
        var what = string.Create(CultureInfo.InvariantCulture, $"byte {at} (frame {(at - KilledJournal.LogHeaderSize) / KilledJournal.FrameSize}, commit {commit} of {commits})");
        try
        {
            var index = changed.Start(_directory.FullName).Index;

            // The mark of the end of the commit before the last may be what is gone.
            Assert.True(commit == commits - 1 || (commit == commits - 2 && isMark), $"{what} was started on");
            Assert.Equal(IndexAfter(commit, commits), index);
            return false;
        }
        catch (ConsulAgentException refusal)
        {
            Assert.True(commit < commits - 1 || isMark, $"{what} was refused: {refusal.Message}");
            Assert.Contains("is damaged: ", refusal.Message, StringComparison.Ordinal);
            Assert.Contains("agent.db-wal", refusal.Message, StringComparison.Ordinal);
            var left = KilledJournal.Read(_directory.FullName);
            Assert.Equal(changed.File, left.File);
            Assert.Equal(changed.Log, left.Log);
            return true;
        }
    }

    /// <summary>The index after the first of all commits of a log, the last of which has the index <see cref="Commits"/>.</summary>
    private static ulong IndexAfter(int commits, int all) => (ulong)Math.Max(0, Commits - (all - commits));

    /// <summary>Commits of one frame and of several.</summary>
    private KilledJournal Killed() => KilledJournal.Make(new DirectoryInfo(Path.Combine(_directory.FullName, "killed")), Commits, static index => index % 3 == 0 ? 9000 : 100);

    /// <summary>With one commit more, as SQLite writes it, that changes nothing that the agent reads.</summary>
    private KilledJournal Append(KilledJournal files, int bytes)
    {
        var directory = _directory.CreateSubdirectory("appended").FullName;
        files.Restore(directory);
        using var file = SqliteFile.Open(KilledJournal.PathIn(directory));
        file.KeepLog(true);
        file.Execute("PRAGMA locking_mode = EXCLUSIVE");
        file.Execute(string.Create(CultureInfo.InvariantCulture, $"BEGIN; CREATE TABLE more (value BLOB); INSERT INTO more VALUES (randomblob({bytes})); COMMIT"));
        return KilledJournal.Read(directory);
    }

    /// <summary>The files before and after the commit that was written to the begin of a log whose frames are all in the file.</summary>
    private (KilledJournal Before, KilledJournal After) BegunAnew()
    {
        var directory = _directory.CreateSubdirectory("anew").FullName;
        using var journal = KilledJournal.Open(directory, out _);
        KilledJournal.Write(journal, 1, 100);
        var before = KilledJournal.Read(directory);
        for (var index = 2ul; index < 60; index++)
        {
            KilledJournal.Write(journal, index, 300_000);
            var after = KilledJournal.Read(directory);
            if (Number(after) != Number(before) && index > 3)
            {
                return (before, after);
            }

            before = after;
        }

        throw new InvalidOperationException("The log is not begun anew.");

        static uint Number(KilledJournal files) => BinaryPrimitives.ReadUInt32BigEndian(files.Log.AsSpan(12));
    }
}
