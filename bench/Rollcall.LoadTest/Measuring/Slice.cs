namespace Rollcall.LoadTest.Measuring;

/// <summary>What one contender did in one turn, or in a part of it.</summary>
/// <param name="Operations">Completed operations.</param>
/// <param name="Elapsed">Wall time.</param>
/// <param name="AllocatedBytes">What this process allocated meanwhile.</param>
/// <param name="CpuTime">What this process computed meanwhile.</param>
internal readonly record struct Slice(long Operations, TimeSpan Elapsed, long AllocatedBytes, TimeSpan CpuTime)
{
    public static Slice operator +(Slice one, Slice other) => new(
        one.Operations + other.Operations, one.Elapsed + other.Elapsed, one.AllocatedBytes + other.AllocatedBytes, one.CpuTime + other.CpuTime);

    public double PerSecond => Operations / Elapsed.TotalSeconds;

    public double BytesPerOperation => Operations == 0 ? 0 : (double)AllocatedBytes / Operations;

    public double CpuMicrosecondsPerOperation => Operations == 0 ? 0 : CpuTime.TotalMicroseconds / Operations;
}
