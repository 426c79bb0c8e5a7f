using System.Runtime.CompilerServices;
using Rollcall.Consul.Wire;

namespace Rollcall.Consul.Transport;

/// <summary>The loop of every watch: one blocking query after another, an answer for each change.</summary>
internal static class BlockingWatch
{
    /// <param name="transport">Gives interval and clock.</param>
    /// <param name="start">The index to start above; 0 answers at once.</param>
    /// <param name="read">One query above an index.</param>
    /// <param name="cancellationToken">Ends the watch, and with it the request that is open.</param>
    public static async IAsyncEnumerable<ConsulResponse<T>> RunAsync<T>(
        ConsulTransport transport,
        ulong start,
        Func<ulong, CancellationToken, Task<ConsulResponse<T>>> read,
        [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var asked = start;
        ulong? seen = null;
        while (true)
        {
            // Errors leave through here: an index in an error answer is never looked at.
            var response = await read(asked, cancellationToken).ConfigureAwait(false);
            var answered = transport.Time.GetTimestamp();
            var index = Math.Max(response.Index, 1);
            var next = BlockingIndex.Next(asked, index);
            var rewound = next == 0;
            asked = next;
            if (seen != index || rewound)
            {
                seen = index;
                yield return rewound ? response.Rewound() : response;
            }

            // Counted from the answer: what the reader took to handle it isn't waited for again.
            var rest = transport.Options.MinQueryInterval - transport.Time.GetElapsedTime(answered);
            if (rest > TimeSpan.Zero)
            {
                await Task.Delay(rest, transport.Time, cancellationToken).ConfigureAwait(false);
            }
        }
    }
}
