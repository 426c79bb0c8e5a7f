using System.Text;
using Rollcall.Discovery.Balancing.Internal;
using Rollcall.Discovery.Balancing.Stages;

namespace Rollcall.Discovery.Balancing.Subsetting;

/// <summary>Chooses the endpoints of one caller by rendezvous hashing.</summary>
internal static class RendezvousSubset
{
    /// <summary>Those with the lowest hashes, in the order of the list; the part itself when it is no larger.</summary>
    /// <param name="part">What to choose from.</param>
    /// <param name="size">How many; 0: all.</param>
    /// <param name="client">What tells the caller from others.</param>
    public static EndpointPart Of(EndpointPart part, int size, ulong client)
    {
        if (size == 0 || part.Count <= size)
        {
            return part;
        }

        // The highest of the lowest hashes on top.
        var lowest = new PriorityQueue<int, ulong>(size + 1, Comparer<ulong>.Create(static (a, b) => b.CompareTo(a)));
        for (var i = 0; i < part.Count; i++)
        {
            var hash = Hash(part.Endpoints[i], client);
            if (lowest.Count < size)
            {
                lowest.Enqueue(i, hash);
            }
            else
            {
                lowest.EnqueueDequeue(i, hash);
            }
        }

        var chosen = lowest.UnorderedItems.Select(static item => item.Element).ToHashSet();
        return part.Where(chosen.Contains);
    }

    /// <summary>The number of a caller's name.</summary>
    public static ulong ClientOf(string clientId) => XxHash64.Hash(Encoding.UTF8.GetBytes(clientId));

    private static ulong Hash(Endpoint endpoint, ulong client) =>
        XxHash64.Hash(Encoding.UTF8.GetBytes($"{endpoint.Id} {endpoint.Authority}"), client);
}
