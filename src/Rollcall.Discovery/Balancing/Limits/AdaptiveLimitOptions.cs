using Rollcall.Discovery.Internal;

namespace Rollcall.Discovery.Balancing.Limits;

/// <summary>
/// Finds for each endpoint how many calls of this caller it takes before they queue, and keeps to it: while calls take hardly longer than on an idle
/// endpoint the limit grows, when they wait it falls. After TCP Vegas (L. Brakmo, L. Peterson, 1994), as Netflix's concurrency-limits uses it, with
/// averages of many calls in place of single ones, and with the latency of an idle endpoint measured anew from time to time, as in Envoy.
/// </summary>
/// <remarks>
/// It goes by how long calls take from pick to end, so it is for calls of about the same cost, and not for streams that live long. Calls that others
/// make are part of what is measured.
/// </remarks>
public sealed class AdaptiveLimitOptions
{
    /// <summary>The least that the limit falls to.</summary>
    /// <value>Default 3. From 1.</value>
    public int Min { get; set; } = 3;

    /// <summary>The most that it grows to.</summary>
    /// <value>Default 1000. At least <see cref="Min"/>.</value>
    public int Max { get; set; } = 1000;

    /// <summary>Where it begins.</summary>
    /// <value>Default 20. What is outside of <see cref="Min"/> and <see cref="Max"/> is brought there.</value>
    public int Initial { get; set; } = 20;

    /// <summary>How many times the latency of an idle endpoint still counts as not waiting. More allows for latencies that vary, and for longer queues.</summary>
    /// <value>Default 1.1. From 1 to 10.</value>
    public double Tolerance { get; set; } = 1.1;

    /// <summary>The shortest time between two changes.</summary>
    /// <value>Default 250 milliseconds. From 1 millisecond.</value>
    public TimeSpan Window { get; set; } = TimeSpan.FromMilliseconds(250);

    /// <summary>The least number of calls between two changes. The averages of few calls mislead where latencies vary.</summary>
    /// <value>Default 25. From 1.</value>
    public int MinimumCalls { get; set; } = 25;

    /// <summary>
    /// How often the latency of an idle endpoint is measured anew, give or take a quarter: the limit is half of what it was for a window or two, the
    /// first time <see cref="Min"/>. Only while the endpoint is in much use; otherwise every call tells it.
    /// </summary>
    /// <value>Default 30 seconds. From <see cref="Window"/>.</value>
    public TimeSpan ProbeInterval { get; set; } = TimeSpan.FromSeconds(30);

    internal AdaptiveLimitOptions Copy() => (AdaptiveLimitOptions)MemberwiseClone();

    internal void Check(OptionFaults faults, string path)
    {
        faults.AtLeast(Min, 1, $"{path}.{nameof(Min)}");
        faults.AtLeast(Max, Min, $"{path}.{nameof(Max)}");
        faults.AtLeast(Initial, 1, $"{path}.{nameof(Initial)}");
        faults.Between(Tolerance, 1, 10, $"{path}.{nameof(Tolerance)}");
        faults.AtLeast(Window, TimeSpan.FromMilliseconds(1), $"{path}.{nameof(Window)}");
        faults.AtLeast(MinimumCalls, 1, $"{path}.{nameof(MinimumCalls)}");
        faults.AtLeast(ProbeInterval, Window, $"{path}.{nameof(ProbeInterval)}");
    }
}
