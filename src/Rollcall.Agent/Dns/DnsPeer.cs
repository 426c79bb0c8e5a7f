using System.Net;
using System.Net.Sockets;

namespace Rollcall.Agent.Dns;

/// <summary>Who sent a datagram, and which of this machine's addresses it was sent to: an answer goes from there to there. Not thread safe.</summary>
internal sealed class DnsPeer(AddressFamily family)
{
    // The largest is of IPv6: 16 bytes of a header and 20 of an address.
    public const int MostToldBytes = 64;

    public SocketAddress Address { get; } = new(family);

    /// <summary>The second, as Linux tells it and wants to be told (<see cref="DatagramBatch"/>).</summary>
    public byte[] Told { get; } = new byte[MostToldBytes];

    /// <summary>How much of <see cref="Told"/> counts; 0: the system chooses where an answer comes from.</summary>
    public int ToldBytes { get; set; }

    public DnsPeer Copy()
    {
        var copy = new DnsPeer(Address.Family) { ToldBytes = ToldBytes };
        copy.Address.Size = Address.Size;
        Address.Buffer.Span[..Address.Size].CopyTo(copy.Address.Buffer.Span);
        Told.CopyTo(copy.Told, 0);
        return copy;
    }
}
