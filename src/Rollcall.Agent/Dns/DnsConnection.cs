using System.Net;
using System.Net.Sockets;

namespace Rollcall.Agent.Dns;

/// <summary>A connection of a <see cref="DnsTcpListener"/>.</summary>
internal sealed class DnsConnection(Socket socket, IPAddress address, long answered)
{
    private long _answered = answered;

    public Socket Socket { get; } = socket;

    /// <summary>Whose it is.</summary>
    public IPAddress Address { get; } = address;

    /// <summary>Grows with each answer on any connection: which of two was answered the longest ago. At first, when it was accepted.</summary>
    public long Answered
    {
        get => Volatile.Read(ref _answered);
        set => Volatile.Write(ref _answered, value);
    }
}
