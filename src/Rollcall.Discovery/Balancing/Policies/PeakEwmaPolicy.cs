using Rollcall.Discovery.Balancing.Internal;

namespace Rollcall.Discovery.Balancing;

/// <summary>
/// <c>peak_ewma</c>: of two endpoints drawn by chance, the one with the lower product of latency and calls in flight, plus one. Latency is a
/// moving average in which a slow call counts at once and fades with time (Finagle's and Linkerd's peak EWMA). A call that
/// was given up before its response began counts with the time it had taken, if that is more than is known. Of a stream that its server ended well the time to
/// its response headers counts, where the request was whole from the start; where that is not known, its endpoint stays as slow as it was, or becomes as slow as the
/// fastest one near by: so what a failure cost it fades. One that its caller gave up before an answer makes its endpoint no slower than twice the fastest. An endpoint that has not answered yet gets one call, and while there is another endpoint no second one before its answer or the end of the decay time.
/// </summary>
public sealed class PeakEwmaPolicy : IBalancingPolicy
{
    internal const string PolicyName = "peak_ewma";

    private readonly TimeSpan _decayTime;
    private readonly TimeSpan _failurePenalty;

    /// <param name="decayTime">After this time without calls, a latency counts for 1/e. Null: 10 seconds. From 1 ms to 1 hour.</param>
    /// <param name="failurePenalty">
    /// A failed call counts as one that took this long, if it was faster or a stream: an endpoint that fails at once is not a fast one. Null: 1 second. Up
    /// to 1 hour.
    /// </param>
    /// <exception cref="ArgumentOutOfRangeException">A time is out of its range.</exception>
    public PeakEwmaPolicy(TimeSpan? decayTime = null, TimeSpan? failurePenalty = null)
    {
        _decayTime = decayTime ?? TimeSpan.FromSeconds(10);
        _failurePenalty = failurePenalty ?? TimeSpan.FromSeconds(1);
        ArgumentOutOfRangeException.ThrowIfLessThan(_decayTime, TimeSpan.FromMilliseconds(1), nameof(decayTime));
        ArgumentOutOfRangeException.ThrowIfGreaterThan(_decayTime, TimeSpan.FromHours(1), nameof(decayTime));
        ArgumentOutOfRangeException.ThrowIfLessThan(_failurePenalty, TimeSpan.Zero, nameof(failurePenalty));
        ArgumentOutOfRangeException.ThrowIfGreaterThan(_failurePenalty, TimeSpan.FromHours(1), nameof(failurePenalty));
    }

    /// <inheritdoc/>
    public string Name => PolicyName;

    /// <inheritdoc/>
    public EndpointPicker CreatePicker(PickerInput input)
    {
        ArgumentNullException.ThrowIfNull(input);
        return new Picker(input, new PeakLatency(input.TimeProvider, _decayTime), _failurePenalty);
    }

    private sealed class Picker(PickerInput input, PeakLatency latency, TimeSpan failurePenalty) : EndpointPicker(input)
    {
        // How often two endpoints are drawn again while neither has answered yet.
        private const int Draws = 4;

        // How far along the list one is looked for then: bounded, for the case that no endpoint answers.
        private const int MaxSteps = 64;

        // Whose latencies a stream is compared with that tells none: so many, from a place drawn by chance.
        private const int Peers = 8;

        private readonly Random _random = input.Random;

        public override int Choose(in PickContext context)
        {
            var count = Endpoints.Length;
            if (count == 1)
            {
                _ = PeakLatency.TryClaim(ref States[0].Latency, latency.Now());
                return 0;
            }

            var now = latency.Now();
            var slot = 0;
            for (var i = 0; i < Draws; i++)
            {
                slot = ChooseOfTwo(now, context);
                if (PeakLatency.IsKnown(States[slot].Latency) || PeakLatency.TryClaim(ref States[slot].Latency, now))
                {
                    return slot;
                }
            }

            return FirstNotAwaited(slot, now, context);
        }

        public override void OnCompleted(int slot, in CallOutcome outcome)
        {
            ref var seen = ref States[slot].Latency;
            switch (outcome.Result)
            {
                case CallResult.Cancelled when outcome.TimeTaken is { } taken:
                    // All that is known of an endpoint that hangs while its callers, or copies of their calls elsewhere, don't wait for it.
                    latency.AddAtLeast(ref seen, taken);
                    break;
                case CallResult.Success when outcome.TimeTaken is { } taken:
                    latency.Add(ref seen, taken);
                    break;
                case CallResult.Success:
                case CallResult.Cancelled when outcome.IsAnswered:
                    // It answers, if nobody can tell how fast.
                    latency.Renew(ref seen, FastestPeer(slot));
                    break;
                case CallResult.Cancelled when outcome.IsStream && outcome.Latency > TimeSpan.Zero && FastestPeer(slot) is { } fastest:
                    // It may hang, so it must not seem the faster the longer nothing is heard of it; or have had nothing to say, so it must not lose its calls.
                    latency.AddAtLeast(ref seen, TimeSpan.FromTicks(Math.Min(outcome.Latency.Ticks, 2 * fastest.Ticks)));
                    break;
                case CallResult.Cancelled:
                    PeakLatency.Unclaim(ref seen);
                    break;
                default:
                    // A stream that fails may have lived for hours before.
                    latency.Add(ref seen, outcome.IsStream || outcome.Latency < failurePenalty ? failurePenalty : outcome.Latency);
                    break;
            }
        }

        public override void OnReplaced(int slot, int other)
        {
            PeakLatency.Unclaim(ref States[slot].Latency);
            if (other >= 0)
            {
                _ = PeakLatency.TryClaim(ref States[other].Latency, latency.Now());
            }
        }

        private int ChooseOfTwo(uint now, in PickContext context)
        {
            int one, other;
            if (context.IsRetry)
            {
                one = UntriedSlots.Draw(Endpoints, _random, context);
                other = UntriedSlots.Draw(Endpoints, _random, context);
            }
            else
            {
                // Two different ones of one draw of 63 bits.
                var bits = _random.NextInt64();
                one = (int)(((ulong)(uint)bits * (uint)Endpoints.Length) >> 32);
                other = (int)(((ulong)(uint)(bits >> 31) * (uint)(Endpoints.Length - 1)) >> 32);
                other += other >= one ? 1 : 0;
            }

            return Load(States[one], now) <= Load(States[other], now) ? one : other;
        }

        // As they were when their last calls ended: what fades since then does not make them faster.
        private TimeSpan? FastestPeer(int slot)
        {
            TimeSpan? fastest = null;
            var start = _random.Next(States.Length);
            for (var i = 0; i < Math.Min(Peers, States.Length); i++)
            {
                var at = (start + i) % States.Length;
                var seen = Volatile.Read(ref States[at].Latency);
                if (at != slot && PeakLatency.IsKnown(seen) && (fastest is not { } known || PeakLatency.Last(seen) < known))
                {
                    fastest = PeakLatency.Last(seen);
                }
            }

            return fastest;
        }

        private static double Load(EndpointState state, uint now) => PeakLatency.Read(state.Latency, now) * (state.InFlight + 1);

        /// <summary>The next one, of those near by, that does not owe its first answer.</summary>
        private int FirstNotAwaited(int start, uint now, in PickContext context)
        {
            var slot = start;
            for (var i = 0; i < Math.Min(MaxSteps, Endpoints.Length); i++)
            {
                slot = slot + 1 == Endpoints.Length ? 0 : slot + 1;
                if (!context.HasTried(Endpoints[slot])
                    && (PeakLatency.IsKnown(States[slot].Latency) || PeakLatency.TryClaim(ref States[slot].Latency, now)))
                {
                    return slot;
                }
            }

            return start;
        }
    }
}
