using System.Collections.Immutable;
using Rollcall.Discovery;
using Rollcall.Discovery.Balancing;

namespace Rollcall.LoadTest.Picks;

/// <summary>One policy over a list of one length, with what its answers have to be.</summary>
internal sealed class PickSubject
{
    private readonly EndpointPicker _picker;
    private readonly bool _keyed;
    private readonly bool _counts;
    private readonly int _calls;
    private readonly Func<long, int, bool> _isRight;

    private PickSubject(string policy, int length, EndpointPicker picker, int calls, bool counts, Func<long, int, bool> isRight)
    {
        Policy = policy;
        Length = length;
        _picker = picker;
        _keyed = IsKeyed(policy);
        _calls = calls;
        _counts = counts;
        _isRight = isRight;
    }

    public string Policy { get; }

    public int Length { get; }

    /// <summary>Fewest nanoseconds for a pick and the end of its call, so far.</summary>
    public double Best { get; private set; } = double.MaxValue;

    /// <summary>The same with two threads that pick at the same time; infinite if they never did.</summary>
    public double BestTogether { get; private set; }

    /// <summary>Most bytes that a round allocated, per pick.</summary>
    public double Bytes { get; private set; }

    public static bool IsKeyed(string policy) =>
        policy.Contains("hash", StringComparison.Ordinal) || policy.StartsWith("maglev", StringComparison.Ordinal);

    public static ImmutableArray<Endpoint> List(int length, bool weighted) =>
        [.. Enumerable.Range(0, length).Select(i => new Endpoint($"i{i:000000}", $"10.{i >> 16}.{(i >> 8) & 255}.{i & 255}", 5000) { Weight = weighted ? 1 + (i % 10) : 1 })];

    public static async Task<PickSubject> CreateAsync(string policy, int length, int calls)
    {
        var weighted = policy.StartsWith("weighted", StringComparison.Ordinal);
        var endpoints = List(length, weighted);

        // Those that go by calls in flight count them; the others don't need it, and the balancer's own counting is measured with the balancer.
        var counts = policy is "least_request" or "peak_ewma" || policy.EndsWith("_bounded", StringComparison.Ordinal);
        var picker = BalancingPolicies.Find(policy).CreatePicker(new PickerInput(endpoints) { CountsCalls = counts });
        if (picker is MaglevPicker { Builds: { } builds })
        {
            await builds.Idle;
        }

        // Policies that go round are checked over whole rounds.
        var cycle = policy is "round_robin" or "least_used" ? length : policy == "weighted_round_robin" ? endpoints.Sum(static e => e.Weight) : 1;
        calls = (calls + cycle - 1) / cycle * cycle;
        return new PickSubject(policy, length, picker, calls, counts, RuleOf(policy, endpoints, picker, calls));
    }

    public void Measure(bool warmUp)
    {
        var bytes = GC.GetAllocatedBytesForCurrentThread();
        var started = ThreadClock.Nanoseconds();
        var sum = Loop(_calls);
        var taken = ThreadClock.Nanoseconds() - started;
        bytes = GC.GetAllocatedBytesForCurrentThread() - bytes;
        Check(sum, 1);
        if (!warmUp)
        {
            Best = Math.Min(Best, (double)taken / _calls);
            Bytes = Math.Max(Bytes, Math.Floor((double)bytes / _calls));
        }
    }

    public void MeasureTogether(int rounds)
    {
        // Short ones, so that on a busy machine there are some in which nobody else takes a processor.
        var calls = Math.Max(1, _calls / 10);
        BestTogether = TwoThreads.Least(() => _ = Loop(calls), rounds) / calls;
        Check(null, threads: 2);
    }

    /// <summary>Whether a sum of slots is right for so many calls.</summary>
    private static Func<long, int, bool> RuleOf(string policy, ImmutableArray<Endpoint> endpoints, EndpointPicker picker, int calls)
    {
        var weights = endpoints.Sum(static e => (double)e.Weight);
        var mean = endpoints.Select(static (e, slot) => (double)e.Weight * slot).Sum() / weights;
        return policy switch
        {
            "pick_first" => static (sum, _) => sum == 0,
            "random" or "weighted_random" => (sum, count) =>
                Math.Abs(((double)sum / count) - mean) <= 6 * endpoints.Length / Math.Sqrt(12.0 * count),
            "least_request" or "peak_ewma" => (sum, count) => sum >= 0 && sum <= (long)count * (endpoints.Length - 1),
            _ when IsKeyed(policy) => Expect(Loops.Keyed(picker, calls)),
            _ => (sum, count) => Math.Abs(sum - (count * mean)) < 0.5,
        };
    }

    private static Func<long, int, bool> Expect(long expected) => (sum, _) => sum == expected;

    private long Loop(int calls) => _keyed ? Loops.Keyed(_picker, calls) : Loops.Plain(_picker, calls);

    private void Check(long? sum, int threads)
    {
        if (sum is { } known && !_isRight(known, _calls))
        {
            throw new InvalidOperationException($"{Policy} over {Length} endpoints picked wrongly: the slots add up to {known}.");
        }

        if (_counts && _picker.States.Any(static state => state.InFlight != 0))
        {
            throw new InvalidOperationException($"{Policy} over {Length} endpoints has calls in flight that have ended, on {threads} threads.");
        }
    }
}
