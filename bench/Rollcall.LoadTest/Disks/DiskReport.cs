namespace Rollcall.LoadTest.Disks;

/// <summary>What came of a trial.</summary>
internal sealed class DiskReport
{
    /// <summary>Writes, syncs and renames that failed.</summary>
    public long FailedCalls { get; set; }

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

    /// <summary>Refusals that were not a 500 with a reason.</summary>
    public long Unexplained { get; set; }

    public long Restarts { get; set; }

    /// <summary>Starts that the agent refused because the disk failed in them.</summary>
    public long StartsRefused { get; set; }

    /// <summary>Seconds of the start that took longest, until it told its address.</summary>
    public double LongestStart { get; private set; }

    /// <summary>For how many of them its threads ran, added up.</summary>
    public double LongestStartRan { get; private set; }

    /// <summary>For how many its threads were ready and got no processor, added up.</summary>
    public double LongestStartWaitedToRun { get; private set; }

    /// <summary>Takes note of a start.</summary>
    public void Started(TimeSpan took, (TimeSpan Ran, TimeSpan WaitedToRun) scheduling)
    {
        if (took.TotalSeconds > LongestStart)
        {
            (LongestStart, LongestStartRan, LongestStartWaitedToRun) = (took.TotalSeconds, scheduling.Ran.TotalSeconds, scheduling.WaitedToRun.TotalSeconds);
        }
    }

    public bool IsGood => FailedCalls > 0 && Acknowledged > 0 && Lost + Kept + Stuck + ReadsFailed + Unexplained == 0;
}
