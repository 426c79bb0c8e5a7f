using System.Net.Sockets;

namespace Rollcall.Agent;

/// <summary>What a loop that accepts connections does when there is no handle for the next one, which stays in the queue: it would come round at once, again and again.</summary>
internal static class HandleShortage
{
    // Until handles may be free again.
    private static readonly TimeSpan s_pause = TimeSpan.FromMilliseconds(100);

    /// <summary>Waits a little if that is what the fault says; else, and once the token fires, it goes on.</summary>
    public static async Task RestAsync(SocketException fault, TimeProvider time, CancellationToken cancellationToken)
    {
        if (fault.SocketErrorCode is SocketError.TooManyOpenSockets or SocketError.NoBufferSpaceAvailable)
        {
            await Task.Delay(s_pause, time, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }
}
