using System.Buffers.Binary;
using System.Diagnostics;

namespace Rollcall.Dns;

/// <summary>
/// Writes a message into a buffer from front to back, names compressed. A record that does not fit is left out as a whole: its method returns
/// false, and what was written before stands. Sections come in their order. Allocates nothing.
/// </summary>
public ref partial struct DnsMessageWriter
{
    private readonly Span<byte> _buffer;
    private readonly int _origin;
    private DnsNameTable _names;
    private int _limit;
    private int _at;
    private int _saved;
    private int _questions;
    private int _answers;
    private int _authorities;
    private int _additionals;

    /// <summary>Starts a message behind its header.</summary>
    /// <param name="buffer">At least 12 bytes.</param>
    public DnsMessageWriter(Span<byte> buffer)
        : this(buffer, DnsHeader.Length)
    {
    }

    private DnsMessageWriter(Span<byte> buffer, int origin)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(buffer.Length, origin);
        _buffer = buffer;
        _origin = _at = origin;
        Limit = buffer.Length;
    }

    /// <summary>How long the message may become, in bytes.</summary>
    /// <value>Default: the length of the buffer, which is the most.</value>
    public int Limit
    {
        readonly get => _limit;
        set => _limit = Math.Min(value, _buffer.Length);
    }

    /// <summary>How long it is, in bytes.</summary>
    public readonly int Length => _at;

    /// <summary>How long it would be without compressed names, in bytes.</summary>
    public readonly int UncompressedLength => _at + _saved;

    /// <summary>Where the name in the data of the last record starts; 0 if there was none.</summary>
    public int TargetOffset { get; private set; }

    /// <summary>Where the name of the last record stands, for further records of that name; 0 if that is not known.</summary>
    /// <seealso cref="DnsOwner.At"/>
    public int OwnerOffset { get; private set; }

    /// <summary>
    /// Starts records that are to be appended to a message later (<see cref="TryAppend"/>). Their names are compressed only where the owner says
    /// at which offset of that message it stands.
    /// </summary>
    public static DnsMessageWriter Fragment(Span<byte> buffer) => new(buffer, 0);

    /// <summary>Writes a question.</summary>
    public bool TryWriteQuestion(scoped DnsQuestion question)
    {
        var mark = Mark();
        if (TryName(question.Name, compress: true) && TryUInt16((ushort)question.Type) && TryUInt16((ushort)question.Class))
        {
            _questions++;
            return true;
        }

        return Undo(mark);
    }

    /// <summary>Writes an A or AAAA record, by the length of the address.</summary>
    /// <exception cref="ArgumentException"><paramref name="address"/> has neither 4 nor 16 bytes.</exception>
    public bool TryWriteAddress(DnsSection section, scoped DnsOwner owner, uint ttl, scoped ReadOnlySpan<byte> address)
    {
        var type = address.Length switch
        {
            4 => DnsType.A,
            16 => DnsType.Aaaa,
            _ => throw new ArgumentException("An address has 4 or 16 bytes.", nameof(address)),
        };
        return TryWriteRaw(section, owner, type, DnsClass.Internet, ttl, address);
    }

    /// <summary>Writes an SRV record. Its target is not compressed (RFC 2782), but what follows may point to it (<see cref="TargetOffset"/>).</summary>
    public bool TryWriteSrv(DnsSection section, scoped DnsOwner owner, uint ttl, ushort priority, ushort weight, ushort port, scoped DnsName target)
    {
        var mark = Mark();
        if (!TryBegin(section, owner, DnsType.Srv, DnsClass.Internet, ttl, out var data)
            || !TryUInt16(priority) || !TryUInt16(weight) || !TryUInt16(port))
        {
            return Undo(mark);
        }

        TargetOffset = _at;
        return TryName(target, compress: false) ? End(section, data) : Undo(mark);
    }

    /// <summary>Writes a record whose data are one name: NS, CNAME, PTR.</summary>
    public bool TryWriteName(DnsSection section, scoped DnsOwner owner, DnsType type, uint ttl, scoped DnsName target)
    {
        Debug.Assert(type is DnsType.Ns or DnsType.Cname or DnsType.Ptr, "Only the types of RFC 1035 may have compressed names in their data (RFC 3597 4).");
        var mark = Mark();
        if (!TryBegin(section, owner, type, DnsClass.Internet, ttl, out var data))
        {
            return Undo(mark);
        }

        TargetOffset = _at;
        return TryName(target, compress: true) ? End(section, data) : Undo(mark);
    }

    /// <summary>Writes a TXT record; text of more than 255 bytes becomes several strings of it.</summary>
    public bool TryWriteText(DnsSection section, scoped DnsOwner owner, uint ttl, scoped ReadOnlySpan<byte> text)
    {
        var mark = Mark();
        if (!TryBegin(section, owner, DnsType.Txt, DnsClass.Internet, ttl, out var data))
        {
            return Undo(mark);
        }

        do
        {
            var part = text[..Math.Min(text.Length, byte.MaxValue)];
            if (!TryBytes([(byte)part.Length]) || !TryBytes(part))
            {
                return Undo(mark);
            }

            text = text[part.Length..];
        }
        while (!text.IsEmpty);

        return End(section, data);
    }

    /// <summary>Writes an SOA record. All numbers but the serial are seconds.</summary>
    public bool TryWriteSoa(
        DnsSection section, scoped DnsOwner owner, uint ttl, scoped DnsName primary, scoped DnsName mail, uint serial, uint refresh, uint retry, uint expire, uint minimum)
    {
        var mark = Mark();
        return TryBegin(section, owner, DnsType.Soa, DnsClass.Internet, ttl, out var data)
            && TryName(primary, compress: true) && TryName(mail, compress: true)
            && TryUInt32(serial) && TryUInt32(refresh) && TryUInt32(retry) && TryUInt32(expire) && TryUInt32(minimum)
            ? End(section, data)
            : Undo(mark);
    }

    /// <summary>Writes a record with data as they are.</summary>
    public bool TryWriteRaw(DnsSection section, scoped DnsOwner owner, DnsType type, DnsClass @class, uint ttl, scoped ReadOnlySpan<byte> data)
    {
        var mark = Mark();
        return TryBegin(section, owner, type, @class, ttl, out var start) && TryBytes(data) ? End(section, start) : Undo(mark);
    }

    /// <summary>Writes the EDNS record.</summary>
    /// <param name="edns">What this side can do.</param>
    /// <param name="options">Options in the form of the wire.</param>
    public bool TryWriteEdns(DnsEdns edns, scoped ReadOnlySpan<byte> options = default) =>
        TryWriteRaw(DnsSection.Additional, DnsName.Root, DnsType.Opt, (DnsClass)edns.UdpSize, edns.Ttl, options);

    /// <summary>Appends the records of a fragment, all or none.</summary>
    public bool TryAppend(scoped in DnsMessageWriter fragment)
    {
        var mark = Mark();
        if (!TryBytes(fragment._buffer[fragment._origin..fragment._at]))
        {
            return Undo(mark);
        }

        _saved += fragment._saved;
        _answers += fragment._answers;
        _authorities += fragment._authorities;
        _additionals += fragment._additionals;
        return true;
    }

    /// <summary>Writes the header, with the counts of what was written.</summary>
    /// <returns>The length of the message, in bytes.</returns>
    public readonly int Finish(DnsHeader header)
    {
        (header with
        {
            Questions = (ushort)_questions,
            Answers = (ushort)_answers,
            Authorities = (ushort)_authorities,
            Additionals = (ushort)_additionals,
        }).Write(_buffer);
        return _at;
    }
}
