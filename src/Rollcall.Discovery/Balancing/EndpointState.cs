using Rollcall.Discovery.Balancing.Internal;
using Rollcall.Discovery.Balancing.Limits;
using Rollcall.Discovery.Balancing.Stages;

namespace Rollcall.Discovery.Balancing;

/// <summary>
/// What is known of one endpoint for as long as it is listed, whatever list or part of a list it is picked from: pickers come and go, and the
/// calls that they lent end on the same state. Of an endpoint that leaves the list and comes back only the calls in flight are known. Thread-safe.
/// </summary>
public sealed class EndpointState
{
    // Two counters that only grow, instead of one that goes up and down: the same cost, and the number of picks for nothing.
    private long _picks;
    private long _completions;

    // When the endpoint was away, the state from before, whose calls end there: it counts for both.
    private readonly EndpointState? _counts;
    private readonly long _picksBefore;
    private object? _data;
    private AdaptiveLimit? _adaptiveLimit;

    // PeakLatency's.
    private long _latency;

    /// <summary>Of an endpoint of which nothing is known.</summary>
    public EndpointState()
    {
    }

    /// <summary>Of an endpoint that is back.</summary>
    /// <param name="before">Its state when it left.</param>
    internal EndpointState(EndpointState before)
    {
        _counts = before._counts ?? before;
        _picksBefore = _counts.Picks;
    }

    /// <summary>What the stages before the policy remember.</summary>
    internal EndpointHealth Health { get; } = new();

    /// <summary>Its own limit of calls in flight; null: it has never had one.</summary>
    internal AdaptiveLimit? AdaptiveLimit => Volatile.Read(ref _adaptiveLimit);

    /// <summary>How many calls it was lent to so far.</summary>
    public long Picks => _counts is { } counts ? counts.Picks - _picksBefore : Volatile.Read(ref _picks);

    /// <summary>How many calls on it have not ended yet, those from before it left the list and came back among them.</summary>
    public int InFlight
    {
        get
        {
            if (_counts is { } counts)
            {
                return counts.InFlight;
            }

            // In this order: a call that ends in between must not make it negative.
            var completions = Volatile.Read(ref _completions);
            return (int)(Volatile.Read(ref _picks) - completions);
        }
    }

    /// <summary>What a policy of your own keeps for the endpoint: made at first use, and gone with the endpoint or when another type is asked for.</summary>
    public T GetData<T>()
        where T : class, new()
    {
        while (true)
        {
            var seen = Volatile.Read(ref _data);
            if (seen is T data)
            {
                return data;
            }

            var made = new T();
            if (Interlocked.CompareExchange(ref _data, made, seen) == seen)
            {
                return made;
            }
        }
    }

    /// <summary>For <see cref="PeakLatency"/>; it changes under the reader's hands.</summary>
    internal ref long Latency => ref _latency;

    /// <summary>How many turns it was behind when <see cref="WeightedRoundRobinPolicy"/> made a picker last; not a number: it has had no part in them yet.</summary>
    internal double TurnsOwed { get; set; } = double.NaN;

    /// <summary>Counts a pick unless so many calls are in flight already. Never one too many, and none refused in vain, whatever happens at the same time.</summary>
    internal bool TryPick(int maxInFlight)
    {
        if (_counts is { } counts)
        {
            return counts.TryPick(maxInFlight);
        }

        while (true)
        {
            var completions = Volatile.Read(ref _completions);
            var picks = Volatile.Read(ref _picks);
            if (picks - completions >= maxInFlight)
            {
                // Calls may have ended, and others taken their places, between the two readings. Where none has ended, it was full at the second one.
                if (Volatile.Read(ref _completions) == completions)
                {
                    return false;
                }

                continue;
            }

            if (Interlocked.CompareExchange(ref _picks, picks + 1, picks) == picks)
            {
                return true;
            }
        }
    }

    /// <summary>Gives it a limit of its own, or other options of it.</summary>
    internal void Limit(AdaptiveLimitOptions options, Random random, TimeProvider time)
    {
        // One rebuild at a time.
        var limit = AdaptiveLimit ?? new AdaptiveLimit(time);
        limit.Follow(options, random);
        Volatile.Write(ref _adaptiveLimit, limit);
    }

    internal void OnPicked() => Interlocked.Increment(ref (_counts ?? this)._picks);

    internal void OnCompleted() => Interlocked.Increment(ref (_counts ?? this)._completions);
}
