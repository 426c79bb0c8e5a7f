namespace Rollcall.LoadTest.Measuring;

/// <summary>What one contender did in one turn.</summary>
/// <param name="Operations">Completed operations.</param>
/// <param name="Elapsed">Wall time of the turn.</param>
/// <param name="AllocatedBytes">What this process allocated meanwhile.</param>
/// <param name="CpuTime">What this process computed meanwhile.</param>
internal readonly record struct Slice(long Operations, TimeSpan Elapsed, long AllocatedBytes, TimeSpan CpuTime)
{
    public double PerSecond => Operations / Elapsed.TotalSeconds;

    public double BytesPerOperation => Operations == 0 ? 0 : (double)AllocatedBytes / Operations;

    public double CpuMicrosecondsPerOperation => Operations == 0 ? 0 : CpuTime.TotalMicroseconds / Operations;
}
