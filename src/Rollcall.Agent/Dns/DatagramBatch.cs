using System.Net.Sockets;
using System.Runtime.InteropServices;
using System.Runtime.Versioning;
using Microsoft.Extensions.Logging;

namespace Rollcall.Agent.Dns;

/// <summary>
/// Linux's calls that take in all datagrams that are there, and send all their answers, at once
/// (<see href="https://man7.org/linux/man-pages/man2/recvmmsg.2.html">recvmmsg(2)</see>, <see href="https://man7.org/linux/man-pages/man2/sendmmsg.2.html">sendmmsg(2)</see>):
/// nearly all of an answer's time is the system's. On a socket for all addresses they tell to which of them a datagram came, and let its answer come from there
/// (<see href="https://man7.org/linux/man-pages/man7/ip.7.html">ip(7)</see>, <see href="https://man7.org/linux/man-pages/man7/ipv6.7.html">ipv6(7)</see>).
/// </summary>
[SupportedOSPlatform("linux")]
internal sealed unsafe partial class DatagramBatch : IDatagrams
{
    // Who asks first waits for the answers of those behind it, some microseconds each.
    private const int Most = 16;

    // sockaddr_in6 has 28.
    private const int NameBytes = 32;

    // The largest is of IPv6: 16 bytes of a header and 20 of an address.
    private const int MostToldBytes = 64;

    // What is left of it after a short answer is room for the longest.
    private const int AnswersBytes = 2 * ushort.MaxValue;

    // IP_PKTINFO starts with the interface; IPV6_PKTINFO has it after the address.
    private const int Ipv4Level = 0;
    private const int Ipv4Type = 8;
    private const int Ipv6Level = 41;
    private const int Ipv6Type = 50;
    private const int Ipv6AddressBytes = 16;

    private const int WaitForOne = 0x10000;
    private const int Interrupted = 4;

    private readonly Socket _socket;
    private readonly int _longestQuestion;
    private readonly ILogger _logger;

    // All pinned: the system is told where they are once.
    private readonly byte[] _questions;
    private readonly byte[] _answers = GC.AllocateUninitializedArray<byte>(AnswersBytes, pinned: true);
    private readonly byte[] _names = GC.AllocateArray<byte>(Most * NameBytes, pinned: true);
    private readonly byte[] _told = GC.AllocateArray<byte>(Most * MostToldBytes, pinned: true);
    private readonly Part[] _parts = GC.AllocateArray<Part>(2 * Most, pinned: true);
    private readonly Datagram[] _in = GC.AllocateArray<Datagram>(Most, pinned: true);
    private readonly Datagram[] _out = GC.AllocateArray<Datagram>(Most, pinned: true);
    private int _answerCount;
    private int _answersLength;

    /// <param name="socket">Blocks, and is bound.</param>
    /// <param name="longestQuestion">Bytes; what is longer is cut.</param>
    /// <param name="tellsAddress">It is bound to all addresses.</param>
    /// <param name="logger">Hears of what can't be sent.</param>
    public DatagramBatch(Socket socket, int longestQuestion, bool tellsAddress, ILogger logger)
    {
        (_socket, _longestQuestion, _logger) = (socket, longestQuestion, logger);
        _questions = GC.AllocateUninitializedArray<byte>(Most * longestQuestion, pinned: true);
        for (var at = 0; at < Most; at++)
        {
            _parts[at] = new Part { Data = Address(_questions, at * longestQuestion), Length = longestQuestion };
            _in[at].Message = new Message { Name = Address(_names, at * NameBytes), Parts = (Part*)Address(_parts, at), PartCount = 1, Told = Address(_told, at * MostToldBytes) };
        }

        if (tellsAddress)
        {
            var level = socket.AddressFamily == AddressFamily.InterNetwork ? SocketOptionLevel.IP : SocketOptionLevel.IPv6;
            socket.SetSocketOption(level, SocketOptionName.PacketInformation, true);
        }
    }

    public Span<byte> Room
    {
        get
        {
            if (_answers.Length - _answersLength < ushort.MaxValue)
            {
                Send();
            }

            return _answers.AsSpan(_answersLength, ushort.MaxValue);
        }
    }

    public int Receive()
    {
        foreach (ref var datagram in _in.AsSpan())
        {
            (datagram.Message.NameLength, datagram.Message.ToldLength, datagram.Length) = (NameBytes, MostToldBytes, 0);
        }

        while (true)
        {
            var count = Receive(_socket.SafeHandle, (Datagram*)Address(_in, 0), Most, WaitForOne, 0);
            if (count >= 0)
            {
                return count;
            }

            ThrowUnlessInterrupted();
        }
    }

    public Span<byte> Question(int at) => _questions.AsSpan(at * _longestQuestion, (int)_in[at].Length);

    public DnsPeer Sender(int at) =>
        new(_socket.AddressFamily, _names.AsSpan(at * NameBytes, (int)_in[at].Message.NameLength), Told(at));

    public void Answer(int at, int length)
    {
        ref var part = ref _parts[Most + _answerCount];
        part = new Part { Data = Address(_answers, _answersLength), Length = length };
        var message = _in[at].Message;
        var told = Told(at).Length;
        _out[_answerCount].Message = message with { Parts = (Part*)Address(_parts, Most + _answerCount), Told = told > 0 ? message.Told : null, ToldLength = told, Flags = 0 };
        _answerCount++;
        _answersLength += length;
    }

    public void Send()
    {
        for (var sent = 0; sent < _answerCount;)
        {
            var count = Send(_socket.SafeHandle, (Datagram*)Address(_out, sent), _answerCount - sent, 0);
            if (count > 0)
            {
                sent += count;
            }
            else if (Marshal.GetLastPInvokeError() != Interrupted)
            {
                DnsServer.Log.NotSent(_logger, Marshal.GetLastPInvokeErrorMessage());
                sent++;
            }
        }

        (_answerCount, _answersLength) = (0, 0);
    }

    public void Send(ReadOnlySpan<byte> answer, DnsPeer to)
    {
        fixed (byte* data = answer, name = to.Address.Buffer.Span, told = to.Told)
        {
            var part = new Part { Data = data, Length = answer.Length };
            var message = new Message { Name = name, NameLength = (uint)to.Address.Size, Parts = &part, PartCount = 1, Told = told, ToldLength = to.Told.Length };
            while (Send(_socket.SafeHandle, in message, 0) < 0)
            {
                ThrowUnlessInterrupted();
            }
        }
    }

    private static byte* Address<T>(T[] pinned, int at)
        where T : unmanaged => (byte*)Marshal.UnsafeAddrOfPinnedArrayElement(pinned, at);

    /// <summary>The address that a question came to, in the form in which the system takes it for the answer; empty: it did not say.</summary>
    private Span<byte> Told(int at)
    {
        var told = _told.AsSpan(at * MostToldBytes, (int)_in[at].Message.ToldLength);
        return LeaveOutInterface(told) ? told : [];
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

    [LibraryImport("libc", EntryPoint = "recvmmsg", SetLastError = true)]
    private static partial int Receive(SafeHandle socket, Datagram* datagrams, int count, int flags, nint timeout);

    [LibraryImport("libc", EntryPoint = "sendmmsg", SetLastError = true)]
    private static partial int Send(SafeHandle socket, Datagram* datagrams, int count, int flags);

    [LibraryImport("libc", EntryPoint = "sendmsg", SetLastError = true)]
    private static partial nint Send(SafeHandle socket, in Message message, int flags);

    // struct mmsghdr.
    private struct Datagram
    {
        public Message Message;
        public uint Length;
    }

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
