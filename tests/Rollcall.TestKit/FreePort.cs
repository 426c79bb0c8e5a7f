using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace Rollcall.TestKit;

/// <summary>
/// Ports for programs that cannot bind port 0 and tell which they got. Thread safe.
/// </summary>
/// <remarks>
/// They come from below the kernel's ephemeral range, so that no outgoing connection takes one between the look and the use,
/// and none is handed out twice by a process. Code under test binds port 0 instead.
/// </remarks>
public static class FreePort
{
    private const int First = 20_000;
    private const int End = 32_000;

    private static readonly Lock s_lock = new();
    private static readonly HashSet<int> s_given = []; // guarded by s_lock

    /// <summary>A port on which nobody listens, neither TCP nor UDP, on the loopback address.</summary>
    /// <exception cref="InvalidOperationException">None was found.</exception>
    public static int Next()
    {
        lock (s_lock)
        {
            for (var attempt = 0; attempt < 1000; attempt++)
            {
                var port = Random.Shared.Next(First, End);
                if (!s_given.Contains(port) && IsFree(port))
                {
                    _ = s_given.Add(port);
                    return port;
                }
            }
        }

        throw new InvalidOperationException(
            string.Create(CultureInfo.InvariantCulture, $"No free port found between {First} and {End}; what listens there?"));
    }

    private static bool IsFree(int port)
    {
        try
        {
            using var tcp = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
            tcp.Bind(new IPEndPoint(IPAddress.Loopback, port));
            using var udp = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
            udp.Bind(new IPEndPoint(IPAddress.Loopback, port));
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }
}
