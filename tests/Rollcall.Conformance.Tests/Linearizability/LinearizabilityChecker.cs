namespace Rollcall.Conformance.Tests.Linearizability;

/// <summary>
/// Whether the operations on one key can be put in an order that explains every answer and keeps "ended before the other began": the search of
/// Wing and Gong with the memory of states by Lowe ("Testing for linearizability", 2017), as Porcupine has it.
/// </summary>
internal static class LinearizabilityChecker
{
    /// <summary>Null if there is such an order; otherwise the operations around the one that no order explains.</summary>
    public static string? FindFault(IReadOnlyList<KvOperation> history)
    {
        var head = Link(history);
        var seen = new HashSet<Position>();
        var taken = new ulong[(history.Count + 63) / 64];
        var path = new Stack<(Event Call, KvState Before)>();
        var state = KvState.Initial;
        var furthest = 0;
        var at = head.Next;
        while (head.Next is not null)
        {
            if (at!.Return is not null)
            {
                var next = state.After(history[at.Number]);
                if (next is not null && seen.Add(new Position(With(taken, at.Number), next)))
                {
                    path.Push((at, state));
                    (state, taken) = (next, With(taken, at.Number));
                    Lift(at);
                    at = head.Next;
                    furthest = Math.Max(furthest, path.Count);
                }
                else
                {
                    at = at.Next;
                }
            }
            else if (path.TryPop(out var last))
            {
                // An operation ended that could not have taken effect: undo the last choice.
                (state, taken) = (last.Before, With(taken, last.Call.Number));
                Unlift(last.Call);
                at = last.Call.Next;
            }
            else
            {
                var around = history.OrderBy(operation => operation.Ended).Skip(Math.Max(0, furthest - 12)).Take(25);
                return $"{furthest} of {history.Count} operations can be put in order, not those around here:\n{string.Join('\n', around)}";
            }
        }

        return null;
    }

    private static Event Link(IReadOnlyList<KvOperation> history)
    {
        var events = new List<(long At, Event Event)>();
        for (var i = 0; i < history.Count; i++)
        {
            var ended = new Event(i, null);
            events.Add((history[i].Began, new Event(i, ended)));
            events.Add((history[i].Ended, ended));
        }

        var head = new Event(-1, null);
        var last = head;
        foreach (var (_, next) in events.OrderBy(e => e.At))
        {
            (last.Next, next.Previous) = (next, last);
            last = next;
        }

        return head;
    }

    // Takes an operation's beginning and end out of the list; they remember their places.
    private static void Lift(Event call)
    {
        foreach (var gone in new[] { call, call.Return! })
        {
            gone.Previous!.Next = gone.Next;
            gone.Next?.Previous = gone.Previous;
        }
    }

    private static void Unlift(Event call)
    {
        foreach (var back in new[] { call.Return!, call })
        {
            back.Previous!.Next = back;
            back.Next?.Previous = back;
        }
    }

    private static ulong[] With(ulong[] taken, int number)
    {
        var changed = (ulong[])taken.Clone();
        changed[number / 64] ^= 1UL << (number % 64);
        return changed;
    }

    /// <summary>A beginning, which knows its end, or an end.</summary>
    private sealed class Event(int number, Event? end)
    {
        public int Number => number;

        public Event? Return => end;

        public Event? Previous { get; set; }

        public Event? Next { get; set; }
    }

    /// <summary>Which operations took effect, and what they left.</summary>
    private readonly struct Position(ulong[] taken, KvState state) : IEquatable<Position>
    {
        private readonly ulong[] _taken = taken;
        private readonly KvState _state = state;

        public bool Equals(Position other) => _state.Equals(other._state) && _taken.AsSpan().SequenceEqual(other._taken);

        public override bool Equals(object? obj) => obj is Position other && Equals(other);

        public override int GetHashCode()
        {
            var hash = default(HashCode);
            hash.Add(_state);
            foreach (var word in _taken)
            {
                hash.Add(word);
            }

            return hash.ToHashCode();
        }
    }
}
