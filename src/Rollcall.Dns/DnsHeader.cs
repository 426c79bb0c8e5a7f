using System.Buffers.Binary;

namespace Rollcall.Dns;

/// <summary>The first 12 bytes of a message (RFC 1035 4.1.1).</summary>
/// <param name="Id">Matches an answer to its question.</param>
/// <param name="Flags">The 16 bits between the id and the counts.</param>
/// <param name="Questions">How many questions follow.</param>
/// <param name="Answers">How many answers follow.</param>
/// <param name="Authorities">How many records of the authority section follow.</param>
/// <param name="Additionals">How many additional records follow.</param>
public readonly record struct DnsHeader(
    ushort Id, ushort Flags, ushort Questions = 0, ushort Answers = 0, ushort Authorities = 0, ushort Additionals = 0)
{
    /// <summary>Its length on the wire, in bytes.</summary>
    public const int Length = 12;

    private const ushort ResponseBit = 0x8000;
    private const ushort AuthoritativeBit = 0x0400;
    private const ushort TruncatedBit = 0x0200;
    private const ushort RecursionDesiredBit = 0x0100;
    private const ushort RecursionAvailableBit = 0x0080;
    private const ushort AuthenticatedBit = 0x0020;
    private const ushort CheckingDisabledBit = 0x0010;

    /// <summary>An answer rather than a question.</summary>
    public bool IsResponse
    {
        get => Has(ResponseBit);
        init => Flags = With(ResponseBit, value);
    }

    /// <summary>What the message wants.</summary>
    public DnsOpcode Opcode
    {
        get => (DnsOpcode)((Flags >> 11) & 0xF);
        init => Flags = (ushort)((Flags & ~0x7800) | (((int)value & 0xF) << 11));
    }

    /// <summary>The server answers for this zone itself.</summary>
    public bool Authoritative
    {
        get => Has(AuthoritativeBit);
        init => Flags = With(AuthoritativeBit, value);
    }

    /// <summary>There was more than the message had room for.</summary>
    public bool Truncated
    {
        get => Has(TruncatedBit);
        init => Flags = With(TruncatedBit, value);
    }

    /// <summary>The server is asked to ask others.</summary>
    public bool RecursionDesired
    {
        get => Has(RecursionDesiredBit);
        init => Flags = With(RecursionDesiredBit, value);
    }

    /// <summary>The server asks others.</summary>
    public bool RecursionAvailable
    {
        get => Has(RecursionAvailableBit);
        init => Flags = With(RecursionAvailableBit, value);
    }

    /// <summary>The data were checked by DNSSEC, or that is asked about.</summary>
    public bool Authenticated
    {
        get => Has(AuthenticatedBit);
        init => Flags = With(AuthenticatedBit, value);
    }

    /// <summary>DNSSEC's checks are not wanted.</summary>
    public bool CheckingDisabled
    {
        get => Has(CheckingDisabledBit);
        init => Flags = With(CheckingDisabledBit, value);
    }

    /// <summary>How the question went.</summary>
    public DnsResponseCode ResponseCode
    {
        get => (DnsResponseCode)(Flags & 0xF);
        init => Flags = (ushort)((Flags & ~0xF) | ((int)value & 0xF));
    }

    /// <summary>Reads the header of a message.</summary>
    /// <returns>False: the message is shorter than one.</returns>
    public static bool TryRead(ReadOnlySpan<byte> message, out DnsHeader header)
    {
        if (message.Length < Length)
        {
            header = default;
            return false;
        }

        header = new DnsHeader(
            BinaryPrimitives.ReadUInt16BigEndian(message),
            BinaryPrimitives.ReadUInt16BigEndian(message[2..]),
            BinaryPrimitives.ReadUInt16BigEndian(message[4..]),
            BinaryPrimitives.ReadUInt16BigEndian(message[6..]),
            BinaryPrimitives.ReadUInt16BigEndian(message[8..]),
            BinaryPrimitives.ReadUInt16BigEndian(message[10..]));
        return true;
    }

    /// <summary>Writes the header.</summary>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="destination"/> has fewer than 12 bytes.</exception>
    public void Write(Span<byte> destination)
    {
        BinaryPrimitives.WriteUInt16BigEndian(destination[10..], Additionals);
        BinaryPrimitives.WriteUInt16BigEndian(destination[8..], Authorities);
        BinaryPrimitives.WriteUInt16BigEndian(destination[6..], Answers);
        BinaryPrimitives.WriteUInt16BigEndian(destination[4..], Questions);
        BinaryPrimitives.WriteUInt16BigEndian(destination[2..], Flags);
        BinaryPrimitives.WriteUInt16BigEndian(destination, Id);
    }

    private bool Has(ushort bit) => (Flags & bit) != 0;

    private ushort With(ushort bit, bool value) => (ushort)(value ? Flags | bit : Flags & ~bit);
}
