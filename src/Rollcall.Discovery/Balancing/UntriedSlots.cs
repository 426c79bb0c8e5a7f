using System.Collections.Immutable;

namespace Rollcall.Discovery.Balancing;

/// <summary>Finds endpoints that a call has not tried yet. Linear in the list: only further attempts pay for it.</summary>
internal static class UntriedSlots
{
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

    /// <summary>How many slots are untried.</summary>
    public static int Count(ImmutableArray<Endpoint> endpoints, in PickContext context)
    {
        var count = 0;
        foreach (var endpoint in endpoints)
        {
            if (!context.HasTried(endpoint))
            {
                count++;
            }
        }
        return count;
    }

    /// <summary>The untried slot with <paramref name="skip"/> untried ones before it.</summary>
    public static int Nth(ImmutableArray<Endpoint> endpoints, int skip, in PickContext context)
    {
        for (var slot = 0; slot < endpoints.Length; slot++)
        {
            if (!context.HasTried(endpoints[slot]) && skip-- == 0)
            {
                return slot;
            }
        }
        return 0;
    }
}
