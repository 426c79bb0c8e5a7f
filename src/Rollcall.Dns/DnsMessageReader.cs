using System.Buffers.Binary;

namespace Rollcall.Dns;

/// <summary>
/// Reads a message from front to back: first <see cref="TryReadQuestion"/> for each question, then <see cref="TryReadRecord"/> for each record.
/// Bytes never make it throw; after a fault there is nothing more to read.
/// </summary>
public ref struct DnsMessageReader
{
    private readonly ReadOnlySpan<byte> _message;
    private int _at;

    /// <summary>Starts behind the header, or with the fault <see cref="DnsFault.Cut"/> if there is none.</summary>
    public DnsMessageReader(ReadOnlySpan<byte> message)
    {
        _message = message;
        _at = DnsHeader.Length;
        Fault = DnsHeader.TryRead(message, out var header) ? DnsFault.None : DnsFault.Cut;
        Header = header;
    }

    /// <summary>The header.</summary>
    public DnsHeader Header { get; }

    /// <summary>What is wrong with the message, as far as it was read.</summary>
    public DnsFault Fault { get; private set; }

    /// <summary>How far it was read, in bytes.</summary>
    public readonly int Position => _at;

    /// <summary>Reads a question.</summary>
    /// <param name="nameBuffer">Holds its name; 255 bytes always are enough.</param>
    /// <param name="question">The question.</param>
    /// <returns>False: see <see cref="Fault"/>.</returns>
    public bool TryReadQuestion(Span<byte> nameBuffer, out DnsQuestion question)
    {
        question = default;
        if (!TryReadName(nameBuffer, out var name))
        {
            return false;
        }

        if (_message.Length - _at < 4)
        {
            return Fail(DnsFault.Cut);
        }

        question = new DnsQuestion(
            name,
            (DnsType)BinaryPrimitives.ReadUInt16BigEndian(_message[_at..]),
            (DnsClass)BinaryPrimitives.ReadUInt16BigEndian(_message[(_at + 2)..]));
        _at += 4;
        return true;
    }

    /// <summary>Reads a record; its data are read by one of the methods for its type.</summary>
    /// <param name="nameBuffer">Holds its name; 255 bytes always are enough.</param>
    /// <param name="record">The record.</param>
    /// <returns>False: see <see cref="Fault"/>.</returns>
    public bool TryReadRecord(Span<byte> nameBuffer, out DnsRecordView record)
    {
        record = default;
        if (!TryReadName(nameBuffer, out var name))
        {
            return false;
        }

        if (_message.Length - _at < 10)
        {
            return Fail(DnsFault.Cut);
        }

        var fixedPart = _message.Slice(_at, 10);
        var length = BinaryPrimitives.ReadUInt16BigEndian(fixedPart[8..]);
        _at += 10;
        if (_message.Length - _at < length)
        {
            return Fail(DnsFault.Cut);
        }

        record = new DnsRecordView(
            name,
            (DnsType)BinaryPrimitives.ReadUInt16BigEndian(fixedPart),
            (DnsClass)BinaryPrimitives.ReadUInt16BigEndian(fixedPart[2..]),
            BinaryPrimitives.ReadUInt32BigEndian(fixedPart[4..]),
            _message.Slice(_at, length),
            _at);
        _at += length;
        return true;
    }

    /// <summary>Reads the data of a record that are one name: NS, CNAME, PTR.</summary>
    public bool TryReadNameData(in DnsRecordView record, Span<byte> nameBuffer, out DnsName name)
    {
        var at = record.DataOffset;
        return TryExpand(ref at, nameBuffer, out name) && Ends(record, at);
    }

    /// <summary>Reads the data of an SRV record.</summary>
    public bool TryReadSrvData(
        in DnsRecordView record, Span<byte> nameBuffer, out ushort priority, out ushort weight, out ushort port, out DnsName target)
    {
        target = default;
        priority = weight = port = 0;
        if (record.Data.Length < 7)
        {
            return Fail(DnsFault.RecordData);
        }

        priority = BinaryPrimitives.ReadUInt16BigEndian(record.Data);
        weight = BinaryPrimitives.ReadUInt16BigEndian(record.Data[2..]);
        port = BinaryPrimitives.ReadUInt16BigEndian(record.Data[4..]);
        var at = record.DataOffset + 6;
        return TryExpand(ref at, nameBuffer, out target) && Ends(record, at);
    }

    /// <summary>Reads the names of an SOA record; <paramref name="numbers"/> gets its 20 bytes of numbers.</summary>
    public bool TryReadSoaData(
        in DnsRecordView record, Span<byte> primaryBuffer, Span<byte> mailBuffer, out DnsName primary, out DnsName mail, out ReadOnlySpan<byte> numbers)
    {
        mail = default;
        numbers = default;
        var at = record.DataOffset;
        if (!TryExpand(ref at, primaryBuffer, out primary) || !TryExpand(ref at, mailBuffer, out mail))
        {
            return false;
        }

        if (at + 20 != record.DataOffset + record.Data.Length)
        {
            return Fail(DnsFault.RecordData);
        }

        numbers = _message.Slice(at, 20);
        return true;
    }

    private bool TryReadName(Span<byte> buffer, out DnsName name)
    {
        name = default;
        var at = _at;
        if (Fault != DnsFault.None || !TryExpand(ref at, buffer, out name))
        {
            return false;
        }

        _at = at;
        return true;
    }

    private bool Ends(in DnsRecordView record, int at) => at == record.DataOffset + record.Data.Length || Fail(DnsFault.RecordData);

    private bool TryExpand(scoped ref int at, Span<byte> buffer, out DnsName name)
    {
        name = default;
        var (from, start, length) = (at, at, 0);
        var jumped = false;
        while (true)
        {
            if (from >= _message.Length)
            {
                return Fail(DnsFault.Cut);
            }

            var first = _message[from];
            switch (first & 0xC0)
            {
                case 0xC0 when from + 1 < _message.Length:
                    var target = ((first & 0x3F) << 8) | _message[from + 1];

                    // Each pointer goes further to the front than what it is part of began, so there is an end to it.
                    if (target >= start || target < DnsHeader.Length)
                    {
                        return Fail(DnsFault.Pointer);
                    }

                    at = jumped ? at : from + 2;
                    (jumped, from, start) = (true, target, target);
                    continue;
                case 0xC0:
                    return Fail(DnsFault.Cut);
                case 0:
                    break;
                default:
                    return Fail(DnsFault.LabelType);
            }

            var size = 1 + first;
            if (_message.Length - from < size)
            {
                return Fail(DnsFault.Cut);
            }

            if (length + size > Math.Min(DnsName.MaxLength, buffer.Length))
            {
                return Fail(DnsFault.NameTooLong);
            }

            _message.Slice(from, size).CopyTo(buffer[length..]);
            length += size;
            from += size;
            if (first == 0)
            {
                at = jumped ? at : from;
                name = DnsName.Trusted(buffer[..length]);
                return true;
            }
        }
    }

    private bool Fail(DnsFault fault)
    {
        Fault = fault;
        return false;
    }
}
