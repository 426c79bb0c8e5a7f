using System.Text;
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
    [InlineData("PUT /v1/acl/destroy/5ee0f3c1-5a6b-4a8e-9d2a-3a1d57a6f001", "")]
    [InlineData("PUT /v1/agent/token/default", """{"Token":"another"}""")]
    public void AgentApi_IsNotLockedOutByOneInput(string line, string body)
    {
        using var target = new AgentApiTarget();
        var question = "GET /v1/acl/tokens"u8.ToArray();
        var allowed = target.Run(question);

        target.Run(Encoding.ASCII.GetBytes($"{line}\n{body}"));
        target.Run(question);

        Assert.Equal(allowed, target.Run(question));
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
