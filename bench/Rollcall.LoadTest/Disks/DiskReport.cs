using System.Numerics;

namespace Rollcall.LoadTest.Disks;

/// <summary>What came of a trial.</summary>
internal sealed class DiskReport
{
    /// <summary>Calls that failed.</summary>
    public long FailedCalls { get; private set; }

    /// <summary>The same, by what they were to do.</summary>
    public IReadOnlyDictionary<string, long> FailedByKind { get; private set; } = new Dictionary<string, long>();

    public long Acknowledged { get; set; }

    public long Refused { get; set; }

    /// <summary>Acknowledged, and not there, then or after a start.</summary>
    public long Lost { get; set; }

    /// <summary>Refused, and there all the same before the next start. After it a refused write may be there: it may have reached the disk before the disk failed.</summary>
    public long Kept { get; set; }

    /// <summary>Writes that were refused though the disk was well again.</summary>
    public long Stuck { get; set; }

    /// <summary>Reads that failed while the disk did.</summary>
    public long ReadsFailed { get; set; }

    /// <summary>Taken for kept, tokens and what a first start makes, while it could not be synced, or the directory that has its name could not.</summary>
    public long Unsynced { get; set; }

    /// <summary>Refusals that were not a 500 with a reason, and starts that ended without one.</summary>
    public long Unexplained { get; set; }

    public long Restarts { get; set; }

    /// <summary>Starts that the agent refused because the disk failed in them.</summary>
    public long StartsRefused { get; set; }

    /// <summary>Starts in which the disk failed.</summary>
    public long FailedStarts { get; set; }

    /// <summary>Calls that can fail in one start in a directory of before.</summary>
    public long CallsOfStart { get; set; }

    /// <summary>The same where the directory is new.</summary>
    public long CallsOfFirstStart { get; set; }

    /// <summary>Seconds of the start that took longest, until it told its address.</summary>
    public double LongestStart { get; private set; }

    /// <summary>For how many of them its threads ran, added up.</summary>
    public double LongestStartRan { get; private set; }

    /// <summary>For how many its threads were ready and got no processor, added up.</summary>
    public double LongestStartWaitedToRun { get; private set; }

    /// <summary>Takes note of what failed so far.</summary>
    public void Failed(DiskControl control)
    {
        FailedCalls = control.Failed;
        FailedByKind = Enum.GetValues<DiskCalls>().Where(static kind => BitOperations.IsPow2((uint)kind))
            .ToDictionary(static kind => kind.ToString(), control.FailedOfKind);
    }

    /// <summary>Takes note of a start.</summary>
    public void Started(TimeSpan took, (TimeSpan Ran, TimeSpan WaitedToRun) scheduling)
    {
        if (took.TotalSeconds > LongestStart)
        {
            (LongestStart, LongestStartRan, LongestStartWaitedToRun) = (took.TotalSeconds, scheduling.Ran.TotalSeconds, scheduling.WaitedToRun.TotalSeconds);
        }
    }

    // Files are cut too seldom for a short trial.
    public bool IsGood => FailedByKind.Count > 0 && FailedByKind.All(static kind => kind.Value > 0 || kind.Key == nameof(DiskCalls.Cut)) && Acknowledged > 0 && Lost + Kept + Stuck + ReadsFailed + Unsynced + Unexplained == 0;
}
