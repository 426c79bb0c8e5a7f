using System.Collections.Immutable;

namespace Rollcall.Discovery.Balancing;

/// <summary>Finds endpoints that a call has not tried yet. May look at the whole list: only further attempts pay for it.</summary>
internal static class UntriedSlots
{
    private const int Draws = 8;

    /// <summary>The first untried slot at or after <paramref name="start"/>, going round; <paramref name="start"/> when all were tried.</summary>
    public static int FirstFrom(ImmutableArray<Endpoint> endpoints, int start, in PickContext context)
    {
        var slot = start;
        for (var i = 0; i < endpoints.Length; i++)
        {
            if (!context.HasTried(endpoints[slot]))
            {
                return slot;
            }

            if (++slot == endpoints.Length)
            {
                slot = 0;
            }
        }
        return start;
    }

    /// <summary>Whether a call has not tried all of them. What it has tried may be of another list, and named twice.</summary>
    public static bool AreLeft(ImmutableArray<Endpoint> endpoints, in PickContext context)
    {
        // Fewer than there are can't be all: the look at the list is for short ones.
        return !(context.Tried?.Count >= endpoints.Length) || !context.HasTried(endpoints[FirstFrom(endpoints, 0, context)]);
    }

    /// <summary>Any untried slot with equal chance; any at all when all were tried.</summary>
    public static int Draw(ImmutableArray<Endpoint> endpoints, Random random, in PickContext context)
    {
        // In a long list most are untried.
        for (var i = 0; i < Draws; i++)
        {
            var drawn = random.Next(endpoints.Length);
            if (!context.HasTried(endpoints[drawn]))
            {
                return drawn;
            }
        }

        var untried = 0;
        var chosen = -1;
        for (var slot = 0; slot < endpoints.Length; slot++)
        {
            if (!context.HasTried(endpoints[slot]) && random.Next(++untried) == 0)
            {
                chosen = slot;
            }
        }

        return chosen >= 0 ? chosen : random.Next(endpoints.Length);
    }
}
