using Rollcall.Fuzz.Targets;

namespace Rollcall.Fuzz.Tests;

/// <summary>The short form of the fuzz runs: every target on its corpus and on some mutations, always the same ones.</summary>
public class FuzzTargetsTests
{
    private const int Inputs = 5000;

    public static TheoryData<string> Names => [.. FuzzTargets.All.Select(create => create().Name)];

    [Fact]
    public void Snapshot_ReachesWhatIsBehindPackingAndSums()
    {
        var target = new SnapshotTarget();
        var undecoded = -"failed to read snapshot file: failed to decode snapshot metadata".Length;

        Assert.Equal(undecoded, target.Run("m[]"u8.ToArray()));
        Assert.Equal(1, target.Run("m{}"u8.ToArray()));
        Assert.All(["meta", "sums", "tar", "tar-pax"], seed => Assert.Equal(1, target.Run(File.ReadAllBytes(Path.Combine(AppContext.BaseDirectory, "Corpus", "snapshot", seed)))));
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Target_HasNoFaults(string name)
    {
        var target = FuzzTargets.All.Select(create => create()).Single(t => t.Name == name);
        using var owned = target as IDisposable;

        var report = new FuzzRun(target, TimeProvider.System).Run(Inputs, seed: 1);

        Assert.Equal(Inputs, report.Inputs);
        Assert.True(report.FaultCount == 0, string.Join("\n\n", report.Faults.Select(fault => $"{Convert.ToBase64String(fault.Input)}\n{fault.What}")));
        Assert.InRange(report.Outcomes, 3, int.MaxValue);
    }
}
