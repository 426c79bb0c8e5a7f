using System.Net;
using System.Net.Sockets;

namespace Rollcall.Agent.Dns;

/// <summary>Who sent a datagram, and which of this machine's addresses it was sent to: an answer goes from there to there.</summary>
internal sealed class DnsPeer
{
    public DnsPeer(AddressFamily family, ReadOnlySpan<byte> address, ReadOnlySpan<byte> told)
    {
        Address = new SocketAddress(family) { Size = address.Length };
        address.CopyTo(Address.Buffer.Span);
        Told = told.ToArray();
    }

    public SocketAddress Address { get; }

    /// <summary>The second, as Linux tells it and wants to be told (<see cref="DatagramBatch"/>); empty: the system chooses where an answer comes from.</summary>
    public byte[] Told { get; }
}
