using System.Collections.Immutable;

namespace Rollcall.Agent.Store.Records;

/// <summary>The last events, oldest first. Immutable.</summary>
/// <param name="LTime">Lamport time of the last event that was fired.</param>
/// <param name="Received">Those that were for this agent.</param>
/// <param name="Count">How many these are.</param>
public sealed record EventState(ulong LTime, ImmutableQueue<UserEvent> Received, int Count)
{
    /// <summary>How many Consul remembers.</summary>
    public const int MaxCount = 256;

    // Gossip's clock stands at 1 when an agent starts.
    public static readonly EventState Empty = new(1, [], 0);

    internal EventState Add(UserEvent fired, bool received)
    {
        var time = LTime + 1;
        if (!received)
        {
            return this with { LTime = time };
        }

        var events = Received.Enqueue(fired with { LTime = time });
        return Count == MaxCount ? new(time, events.Dequeue(), Count) : new(time, events, Count + 1);
    }
}
