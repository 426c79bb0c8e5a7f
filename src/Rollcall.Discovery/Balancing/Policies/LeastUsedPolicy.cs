using System.Collections.Immutable;
using Rollcall.Discovery.Balancing.Internal;

namespace Rollcall.Discovery.Balancing;

/// <summary>
/// <c>least_used</c>: the endpoint with the fewest calls so far, ties by chance. Shares are as even as those of <c>round_robin</c>, in an order
/// that nobody can fall into step with. An endpoint that joins starts where those with the fewest are, so that it does not take every call.
/// </summary>
/// <remarks>
/// Where everybody's number of calls differs by one at most, the one with the fewest calls is anyone who has not had its turn in this round.
/// So a round is a random order of all, and a pick is the next in it: no counts have to be compared.
/// </remarks>
public sealed class LeastUsedPolicy : IBalancingPolicy
{
    /// <inheritdoc/>
    public string Name => "least_used";

    /// <inheritdoc/>
    public EndpointPicker CreatePicker(PickerInput input)
    {
        ArgumentNullException.ThrowIfNull(input);
        var leads = new int[input.Endpoints.Length];
        if (input.Previous is Picker old)
        {
            old.ReadLeads(input.Endpoints, leads);
        }

        return new Picker(input, leads);
    }

    private sealed class Picker : EndpointPicker
    {
        private readonly int[] _opening;
        private readonly int[] _first;
        private readonly int[] _second;
        private readonly ulong _seed;

        // Turns that a slot has had ahead of the others, by retries and in a list before this one: so many of its turns are left out.
        private readonly int[] _leads;
        private SharedCounter _next = new(-1);

        public Picker(PickerInput input, int[] leads)
            : base(input)
        {
            int[] slots = [.. Enumerable.Range(0, leads.Length)];
            _leads = leads;

            // Those behind come first, at once: leaving out the turns of the others one by one could take a while.
            _opening = Array.Exists(leads, static lead => lead > 0) ? Array.FindAll(slots, slot => leads[slot] == 0) : [];
            for (var slot = 0; _opening.Length > 0 && slot < leads.Length; slot++)
            {
                leads[slot] = Math.Max(0, leads[slot] - 1);
            }

            input.Random.Shuffle(_opening);
            _first = [.. slots];
            input.Random.Shuffle(_first);
            _second = slots;
            input.Random.Shuffle(_second);
            _seed = (ulong)input.Random.NextInt64();
        }

        public override int Choose(in PickContext context)
        {
            if (context.IsRetry)
            {
                return FirstUntried(context);
            }

            while (true)
            {
                var slot = SlotOf(_next.Increment());
                if (Volatile.Read(ref _leads[slot]) <= 0 || !TryTakeLead(slot))
                {
                    return slot;
                }
            }
        }

        public override void OnReplaced(int slot, int other)
        {
            // The other one has its next turn now. The turn of the choice is lost: whoever replaced it meant it to have fewer calls.
            if (other >= 0)
            {
                Interlocked.Increment(ref _leads[other]);
            }
        }

        /// <summary>How many calls each of another list has had more than the one with the fewest.</summary>
        public void ReadLeads(ImmutableArray<Endpoint> endpoints, int[] leads)
        {
            var calls = new Dictionary<Endpoint, int>(Endpoints.Length);
            var next = _next.Value + 1;
            var turn = Math.Max(0, next - _opening.Length);
            for (var slot = 0; slot < Endpoints.Length; slot++)
            {
                calls[Endpoints[slot]] = Volatile.Read(ref _leads[slot]);
            }

            // In the opening and in a round: those whose turn is over are one ahead of those who still wait.
            if (next < _opening.Length)
            {
                foreach (var endpoint in Endpoints)
                {
                    calls[endpoint]++;
                }

                for (var i = next; i < _opening.Length; i++)
                {
                    calls[Endpoints[_opening[i]]]--;
                }
            }
            else if (Endpoints.Length > 0)
            {
                for (var i = turn - (turn % Endpoints.Length); i < turn; i++)
                {
                    calls[Endpoints[RoundSlot(i)]]++;
                }
            }

            var fewest = int.MaxValue;
            foreach (var endpoint in endpoints)
            {
                fewest = Math.Min(fewest, calls.GetValueOrDefault(endpoint, int.MaxValue));
            }

            for (var slot = 0; slot < leads.Length; slot++)
            {
                leads[slot] = calls.TryGetValue(endpoints[slot], out var count) ? count - fewest : 0;
            }
        }

        private int SlotOf(long turn) => turn < _opening.Length ? _opening[turn] : RoundSlot(turn - _opening.Length);

        // Two fixed random orders, gone through three times, each time from a place that the round chooses: after each endpoint any other may
        // come.
        private int RoundSlot(long turn)
        {
            var (round, place) = Math.DivRem((ulong)turn, (uint)_first.Length);
            var starts = HashMix.Mix(round ^ _seed);
            var slot = _first[Shift((int)place, starts)];
            slot = _second[Shift(slot, starts >> 21)];
            return _first[Shift(slot, starts >> 42)];
        }

        private int Shift(int place, ulong start)
        {
            const int Bits = 21;
            place += (int)(((start & ((1 << Bits) - 1)) * (uint)_first.Length) >> Bits);
            return place < _first.Length ? place : place - _first.Length;
        }

        /// <summary>The one of those that wait for their turn whose it is first; it has its turn now instead of then.</summary>
        private int FirstUntried(in PickContext context)
        {
            var next = _next.Value;
            for (var i = 1; i <= _opening.Length + (2 * _first.Length); i++)
            {
                var slot = SlotOf(next + i);
                if (Volatile.Read(ref _leads[slot]) <= 0 && !context.HasTried(Endpoints[slot]))
                {
                    Interlocked.Increment(ref _leads[slot]);
                    return slot;
                }
            }

            // Tried or ahead, all of them.
            var any = UntriedSlots.FirstFrom(Endpoints, SlotOf(next + 1), context);
            Interlocked.Increment(ref _leads[any]);
            return any;
        }

        private bool TryTakeLead(int slot)
        {
            var lead = Volatile.Read(ref _leads[slot]);
            while (lead > 0)
            {
                var seen = Interlocked.CompareExchange(ref _leads[slot], lead - 1, lead);
                if (seen == lead)
                {
                    return true;
                }

                lead = seen;
            }

            return false;
        }
    }
}
