using System.Net.Sockets;
using System.Runtime.InteropServices;
using System.Runtime.Versioning;

namespace Rollcall.Agent.Dns;

/// <summary>
/// Linux's calls for a socket on all addresses, which tell to which of them a datagram came and let its answer come from there
/// (<see href="https://man7.org/linux/man-pages/man7/ip.7.html">ip(7)</see>, <see href="https://man7.org/linux/man-pages/man7/ipv6.7.html">ipv6(7)</see>). .NET's
/// sockets can tell it, and can't choose.
/// </summary>
[SupportedOSPlatform("linux")]
internal static unsafe partial class PacketInfo
{
    // IP_PKTINFO starts with the interface; IPV6_PKTINFO has it after the address.
    private const int Ipv4Level = 0;
    private const int Ipv4Type = 8;
    private const int Ipv6Level = 41;
    private const int Ipv6Type = 50;
    private const int Ipv6AddressBytes = 16;

    private const int Interrupted = 4;

    /// <summary>Makes the system tell, from now on.</summary>
    public static void Enable(Socket socket)
    {
        var level = socket.AddressFamily == AddressFamily.InterNetwork ? SocketOptionLevel.IP : SocketOptionLevel.IPv6;
        socket.SetSocketOption(level, SocketOptionName.PacketInformation, true);
    }

    /// <summary>Waits for a datagram.</summary>
    /// <returns>Its length; what did not fit is lost.</returns>
    /// <exception cref="SocketException">Nothing can be received.</exception>
    public static int Receive(Socket socket, Span<byte> buffer, DnsPeer from)
    {
        fixed (byte* data = buffer, name = from.Address.Buffer.Span, told = from.Told)
        {
            var part = new Part { Data = data, Length = buffer.Length };
            while (true)
            {
                var message = new Message { Name = name, NameLength = (uint)from.Address.Buffer.Length, Parts = &part, PartCount = 1, Told = told, ToldLength = from.Told.Length };
                var count = Receive(socket.SafeHandle, ref message, 0);
                if (count >= 0)
                {
                    from.Address.Size = (int)message.NameLength;
                    from.ToldBytes = LeaveOutInterface(from.Told.AsSpan(0, (int)message.ToldLength)) ? (int)message.ToldLength : 0;
                    return (int)count;
                }

                ThrowUnlessInterrupted();
            }
        }
    }

    /// <summary>Sends a datagram from the address that <paramref name="to"/> wrote to.</summary>
    /// <exception cref="SocketException">It can't be sent.</exception>
    public static void Send(Socket socket, ReadOnlySpan<byte> datagram, DnsPeer to)
    {
        fixed (byte* data = datagram, name = to.Address.Buffer.Span, told = to.Told)
        {
            var part = new Part { Data = data, Length = datagram.Length };
            var message = new Message { Name = name, NameLength = (uint)to.Address.Size, Parts = &part, PartCount = 1, Told = told, ToldLength = to.ToldBytes };
            while (Send(socket.SafeHandle, in message, 0) < 0)
            {
                ThrowUnlessInterrupted();
            }
        }
    }

    // An answer may take another way than the question; the address is all that matters.
    private static bool LeaveOutInterface(Span<byte> told)
    {
        if (told.Length < sizeof(Header))
        {
            return false;
        }

        var header = MemoryMarshal.Read<Header>(told);
        var at = sizeof(Header) + (header switch
        {
            { Level: Ipv4Level, Type: Ipv4Type } => 0,
            { Level: Ipv6Level, Type: Ipv6Type } => Ipv6AddressBytes,
            _ => told.Length,
        });
        return at + sizeof(uint) <= told.Length && MemoryMarshal.TryWrite(told[at..], 0u);
    }

    private static void ThrowUnlessInterrupted()
    {
        if (Marshal.GetLastPInvokeError() != Interrupted)
        {
            throw new SocketException((int)SocketError.SocketError, Marshal.GetLastPInvokeErrorMessage());
        }
    }

    [LibraryImport("libc", EntryPoint = "recvmsg", SetLastError = true)]
    private static partial nint Receive(SafeHandle socket, ref Message message, int flags);

    [LibraryImport("libc", EntryPoint = "sendmsg", SetLastError = true)]
    private static partial nint Send(SafeHandle socket, in Message message, int flags);

    // struct iovec.
    private struct Part
    {
        public byte* Data;
        public nint Length;
    }

    // struct msghdr.
    private struct Message
    {
        public byte* Name;
        public uint NameLength;
        public Part* Parts;
        public nint PartCount;
        public byte* Told;
        public nint ToldLength;
        public int Flags;
    }

    // struct cmsghdr.
    private readonly record struct Header(nint Length, int Level, int Type);
}
