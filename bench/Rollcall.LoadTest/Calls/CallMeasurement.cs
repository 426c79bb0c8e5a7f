using Rollcall.LoadTest.Measuring;

namespace Rollcall.LoadTest.Calls;

/// <summary>What one contender did in one turn, on both sides.</summary>
internal readonly record struct CallMeasurement(Slice Client, TimeSpan ServerCpuTime, long ServerAllocatedBytes)
{
    public static CallMeasurement operator +(CallMeasurement one, CallMeasurement other) => new(
        one.Client + other.Client, one.ServerCpuTime + other.ServerCpuTime, one.ServerAllocatedBytes + other.ServerAllocatedBytes);

    public double PerSecond => Client.PerSecond;

    public double ClientBytes => Client.BytesPerOperation;

    public double ServerBytes => Client.Operations == 0 ? 0 : (double)ServerAllocatedBytes / Client.Operations;

    public double ServerCpu => Client.Operations == 0 ? 0 : ServerCpuTime.TotalMicroseconds / Client.Operations;

    /// <summary>Microseconds of both processes for one call or message.</summary>
    public double Cpu => Client.CpuMicrosecondsPerOperation + ServerCpu;
}
