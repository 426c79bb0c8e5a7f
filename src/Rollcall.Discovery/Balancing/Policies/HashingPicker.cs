using Rollcall.Discovery.Balancing.Internal;
using Rollcall.Discovery.Balancing.Tables;

namespace Rollcall.Discovery.Balancing;

/// <summary>
/// Picks by the key of the call from a table of places. With a bound (V. Mirrokni, M. Thorup, M. Zadimoghaddam, "Consistent hashing with bounded
/// loads", 2018) an endpoint has at most that many times its share of the calls in flight, rounded up, and a call that would be too much goes to
/// the next one along the table.
/// </summary>
/// <param name="input">What the policy was given.</param>
/// <param name="table">The places.</param>
/// <param name="weights">In their lowest terms.</param>
/// <param name="loadFactor">The bound, from 1; 0: none.</param>
internal class HashingPicker<TTable>(PickerInput input, TTable table, int[] weights, double loadFactor) : EndpointPicker(input)
    where TTable : struct, IHashTable
{
    private readonly Random _random = input.Random;
    private readonly CallsInFlight? _calls =
        loadFactor == 0 ? null : (input.Previous as HashingPicker<TTable>)?._calls ?? new CallsInFlight();

    private readonly double _loadPerWeight = loadFactor == 0 ? 0 : loadFactor / weights.Sum(static weight => (double)weight);
    private TTable _table = table;

    /// <summary>May be replaced by a better one of the same endpoints; it is one reference.</summary>
    public TTable Table
    {
        get => _table;
        set => _table = value;
    }

    public override int Choose(in PickContext context)
    {
        var key = context.HashKey is { } given ? HashMix.Mix(given) : (ulong)_random.NextInt64() << 1;
        var table = _table;
        var place = table.Locate(key);
        return _calls is null && !context.IsRetry ? table.SlotAt(place) : Walk(table, place, context);
    }

    public override void OnCompleted(int slot, in CallOutcome outcome) => _calls?.Remove();

    public override void OnReplaced(int slot, int other)
    {
        if (other < 0)
        {
            _calls?.Remove();
        }
    }

    internal override bool MayStandIn(int slot, int full) => EndpointWeights.MayStandIn(weights, slot, full);

    /// <summary>Along the table to the first endpoint that is untried and has room; else the first untried; else the first.</summary>
    private int Walk(TTable table, int start, in PickContext context)
    {
        var calls = _calls?.Add() ?? long.MaxValue;
        if (!UntriedSlots.AreLeft(Endpoints, context))
        {
            return table.SlotAt(start);
        }

        var slot = -1;
        if (_calls is not null)
        {
            // Calls that other policies lent endpoints to may be in flight, too. They are counted when as many places as there are endpoints have no room.
            slot = Find(ref table, start, context, calls, Math.Min(table.Length, Endpoints.Length));
            slot = slot >= 0 ? slot : Find(ref table, start, context, Math.Max(calls, CountAll()), table.Length);
        }

        slot = slot >= 0 ? slot : Find(ref table, start, context, long.MaxValue, table.Length);
        return slot >= 0 ? slot : table.SlotAt(start);
    }

    /// <returns>The first of so many places whose endpoint is untried and has room; -1: none.</returns>
    private int Find(ref TTable table, int place, in PickContext context, long calls, int places)
    {
        for (var i = 0; i < places; i++)
        {
            var slot = table.SlotAt(place);
            if (!context.HasTried(Endpoints[slot]) && HasRoom(slot, calls))
            {
                return slot;
            }

            place = place + 1 == table.Length ? 0 : place + 1;
        }

        return -1;
    }

    /// <summary>The calls in flight of all endpoints, with this one.</summary>
    private long CountAll()
    {
        var calls = 1L;
        foreach (var state in States)
        {
            calls += state.InFlight;
        }

        return calls;
    }

    private bool HasRoom(int slot, long calls) => calls == long.MaxValue || States[slot].InFlight < Math.Ceiling(_loadPerWeight * weights[slot] * calls);
}
