namespace Rollcall.Discovery.Balancing.Internal;

/// <summary>
/// The arithmetic of a latency that jumps up to a peak and fades by e⁻¹ in the decay time. Each endpoint's is one number of 64 bits, so that it
/// changes without a lock: nanoseconds as a float, and when it was brought up to date.
/// </summary>
internal sealed class PeakLatency(TimeProvider time, TimeSpan decayTime)
{
    // No call yet. A float with bits of zero is no latency: with a time beside it, that is when a call began whose end is to be the first answer.
    private const long Unknown = 0;

    // Steps of the clock in a decay time. 32 bits of them tell times of up to 131,072 decay times apart; a latency that has not changed for longer
    // may seem to be new once more.
    private const double Steps = 16_384;

    // Of an endpoint that owes its first answer: more than any latency, so that it is taken only when nothing else is left.
    private const double Penalty = 1e18;

    // Of what answers while nobody's latency is known: the same for all, so calls in flight decide.
    private static readonly TimeSpan s_nominal = TimeSpan.FromMilliseconds(1);

    // The system's coarse clock takes a fifth of the exact one's time, and its steps of 1 to 16 ms are short in such a decay time.
    private static readonly TimeSpan s_leastForCoarse = TimeSpan.FromSeconds(2);

    private readonly TimeProvider? _exact = time == TimeProvider.System && decayTime >= s_leastForCoarse ? null : time;

    private readonly double _stepsPerTick = Steps / (decayTime.TotalSeconds * time.TimestampFrequency);
    private readonly double _stepsPerMillisecond = Steps / decayTime.TotalMilliseconds;

    public uint Now() => (uint)(long)(_exact is { } exact ? exact.GetTimestamp() * _stepsPerTick : Environment.TickCount64 * _stepsPerMillisecond);

    public static bool IsKnown(long latency) => (ulong)latency > uint.MaxValue;

    /// <summary>
    /// For the one call that may be under way before the first answer. After the decay time it counts for another one: it may be a stream, which
    /// answers when it ends.
    /// </summary>
    public static bool TryClaim(ref long latency, uint now)
    {
        var seen = Volatile.Read(ref latency);
        return !IsKnown(seen) && !IsAwaited(seen, now) && Interlocked.CompareExchange(ref latency, Math.Max(1, now), seen) == seen;
    }

    /// <summary>That call ended without an answer.</summary>
    public static void Unclaim(ref long latency)
    {
        var seen = Volatile.Read(ref latency);
        if (seen != Unknown && !IsKnown(seen))
        {
            Interlocked.CompareExchange(ref latency, Unknown, seen);
        }
    }

    /// <summary>In nanoseconds: 0 when nothing is known.</summary>
    public static double Read(long latency, uint now) =>
        IsKnown(latency) ? Cost(latency) * Fade(latency, now)
        : IsAwaited(latency, now) ? Penalty
        : 0;

    /// <summary>A known latency as it was when the last call ended.</summary>
    public static TimeSpan Last(long latency) => TimeSpan.FromMicroseconds(Cost(latency) / 1000);

    public void Add(ref long latency, TimeSpan taken)
    {
        var sample = (float)Math.Max(1, taken.TotalNanoseconds);
        var now = Now();
        var seen = Volatile.Read(ref latency);
        while (true)
        {
            var cost = sample;
            if (IsKnown(seen) && sample < Cost(seen))
            {
                var kept = Fade(seen, now);
                if (kept == 1)
                {
                    // Within one step of the clock: the earlier one stands for both.
                    return;
                }

                cost = (float)((Cost(seen) * kept) + (sample * (1 - kept)));
            }

            var next = ((long)BitConverter.SingleToUInt32Bits(cost) << 32) | now;
            var found = Interlocked.CompareExchange(ref latency, next, seen);
            if (found == seen)
            {
                return;
            }

            seen = found;
        }
    }

    /// <summary>A call that was given up: it would have taken longer, so it counts only where it says more than is known.</summary>
    public void AddAtLeast(ref long latency, TimeSpan taken)
    {
        var seen = Volatile.Read(ref latency);
        if (!IsKnown(seen) || taken.TotalNanoseconds > Read(seen, Now()))
        {
            Add(ref latency, taken);
        }
    }

    /// <summary>A call that was answered in a time that is not known: as if it had taken as long as the last one, or as long as a peer's where that is less.</summary>
    public void Renew(ref long latency, TimeSpan? peer)
    {
        var seen = Volatile.Read(ref latency);
        var own = IsKnown(seen) ? Last(seen) : (TimeSpan?)null;
        Add(ref latency, own < peer || peer is null ? own ?? s_nominal : peer.Value);
    }

    // Within a decay time before or after: another thread may have been here with a later clock. Any longer time is over, also after the numbers
    // have come round.
    private static bool IsAwaited(long latency, uint now) => latency != Unknown && now - (uint)latency + (uint)Steps < 2 * (uint)Steps;

    private static float Cost(long latency) => BitConverter.UInt32BitsToSingle((uint)(latency >> 32));

    private static double Fade(long latency, uint now)
    {
        // Another thread may have been here with a later clock.
        var age = (int)(now - (uint)latency);
        if (age <= 0)
        {
            return 1;
        }

        // The first terms of the series are exact to six digits there, where endpoints that are called often are, and take a tenth of the time.
        var x = age * (1 / Steps);
        return x < 0.0625 ? 1 - (x * (1 - (x * 0.5 * (1 - (x * (1.0 / 3)))))) : Math.Exp(-x);
    }
}
