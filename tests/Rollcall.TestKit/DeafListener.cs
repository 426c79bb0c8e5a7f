using System.Net;
using System.Net.Sockets;

namespace Rollcall.TestKit;

/// <summary>
/// A loopback port where connecting takes forever, as with a machine that drops all packets: somebody listens, and the queue of connections that
/// nobody has accepted yet is full, so Linux does not answer any more.
/// </summary>
public sealed class DeafListener : IDisposable
{
    // A queue of length 0 holds one, and a kernel may round up.
    private const int Connects = 8;

    private readonly Socket _listener = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
    private readonly List<Socket> _queued = [];

    private DeafListener()
    {
        _listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        _listener.Listen(0);
        Port = ((IPEndPoint)_listener.LocalEndPoint!).Port;
    }

    /// <summary>Where it listens, on 127.0.0.1.</summary>
    public int Port { get; }

    /// <summary>Returns once the queue is full.</summary>
    public static DeafListener Start()
    {
        var made = new DeafListener();
        for (var i = 0; i < Connects; i++)
        {
            var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { Blocking = false };
            made._queued.Add(socket);
            try
            {
                socket.Connect(IPAddress.Loopback, made.Port);
            }
            catch (SocketException e) when (e.SocketErrorCode is SocketError.WouldBlock or SocketError.InProgress)
            {
                // Loopback connections that are let in are complete at once.
                if (!socket.Poll(TimeSpan.FromMilliseconds(100), SelectMode.SelectWrite))
                {
                    return made;
                }
            }
        }

        made.Dispose();
        throw new InvalidOperationException($"The queue of a listening socket is not full after {Connects} connections.");
    }

    /// <summary>Refuses from here on.</summary>
    public void Dispose()
    {
        _listener.Dispose();
        _queued.ForEach(static socket => socket.Dispose());
    }
}
