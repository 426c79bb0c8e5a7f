using System.Buffers.Binary;
using System.Net;

namespace Rollcall.Dns.Records;

/// <summary>Makes objects of a message.</summary>
internal ref struct DnsMessageParser(ReadOnlySpan<byte> bytes)
{
    private DnsMessageReader _reader = new(bytes);

    // Not on the stack: the reader might keep them, for all that the compiler knows.
    private readonly byte[] _owner = new byte[DnsName.MaxLength];
    private readonly byte[] _target = new byte[DnsName.MaxLength];
    private readonly byte[] _mail = new byte[DnsName.MaxLength];
    private DnsEdns? _edns;
    private ReadOnlyMemory<byte> _ednsOptions;

    public DnsFault Parse(out DnsMessage? message)
    {
        message = null;
        var header = _reader.Header;

        // Not made large before it is known that there is so much: counts are a stranger's.
        List<DnsQuestionRecord> questions = [];
        for (var index = 0; index < header.Questions && _reader.Fault == DnsFault.None; index++)
        {
            if (_reader.TryReadQuestion(_owner, out var question))
            {
                questions.Add(new DnsQuestionRecord(question.Name.ToString(), question.Type, question.Class));
            }
        }

        var fault = Records(header.Answers, inAdditional: false, out var answers);
        fault = fault == DnsFault.None ? Records(header.Authorities, inAdditional: false, out var authorities) : Nothing(fault, out authorities);
        fault = fault == DnsFault.None ? Records(header.Additionals, inAdditional: true, out var additionals) : Nothing(fault, out additionals);
        if (fault == DnsFault.None)
        {
            message = new DnsMessage
            {
                Header = header,
                Questions = questions,
                Answers = answers,
                Authorities = authorities,
                Additionals = additionals,
                Edns = _edns,
                EdnsOptions = _ednsOptions,
            };
        }

        return fault;
    }

    private static DnsFault Nothing(DnsFault fault, out List<DnsRecord> records)
    {
        records = [];
        return fault;
    }

    private DnsFault Records(int count, bool inAdditional, out List<DnsRecord> records)
    {
        records = [];
        for (var index = 0; index < count; index++)
        {
            if (!_reader.TryReadRecord(_owner, out var view))
            {
                return _reader.Fault;
            }

            if (view.Type == DnsType.Opt)
            {
                if (!inAdditional || _edns is not null || !view.Name.IsRoot)
                {
                    return DnsFault.Edns;
                }

                _edns = DnsEdns.Of(view.Class, view.Ttl);
                _ednsOptions = view.Data.ToArray();
                continue;
            }

            if (Record(view) is not { } record)
            {
                return _reader.Fault == DnsFault.None ? DnsFault.RecordData : _reader.Fault;
            }

            records.Add(record);
        }

        return _reader.Fault;
    }

    private DnsRecord? Record(in DnsRecordView view)
    {
        var owner = view.Name.ToString();
        if (view.Class != DnsClass.Internet)
        {
            return new OtherRecord(owner, view.Type, view.Class, view.Ttl, view.Data.ToArray());
        }

        switch (view.Type)
        {
            case DnsType.A:
                return view.Data.Length == 4 ? new AddressRecord(owner, view.Ttl, new IPAddress(view.Data)) : null;
            case DnsType.Aaaa:
                return view.Data.Length == 16 ? new AddressRecord(owner, view.Ttl, new IPAddress(view.Data)) : null;
            case DnsType.Ns or DnsType.Cname or DnsType.Ptr:
                return _reader.TryReadNameData(view, _target, out var target) ? new NameRecord(owner, view.Type, view.Ttl, target.ToString()) : null;
            case DnsType.Srv:
                return _reader.TryReadSrvData(view, _target, out var priority, out var weight, out var port, out var host)
                    ? new SrvRecord(owner, view.Ttl, priority, weight, port, host.ToString())
                    : null;
            case DnsType.Txt:
                return Text(view.Data) is { } text ? new TextRecord(owner, view.Ttl, text) : null;
            case DnsType.Soa:
                return Soa(view, owner);
            default:
                return new OtherRecord(owner, view.Type, view.Class, view.Ttl, view.Data.ToArray());
        }
    }

    private SoaRecord? Soa(in DnsRecordView view, string owner)
    {
        return _reader.TryReadSoaData(view, _target, _mail, out var primary, out var mail, out var numbers)
            ? new SoaRecord(
                owner,
                view.Ttl,
                primary.ToString(),
                mail.ToString(),
                BinaryPrimitives.ReadUInt32BigEndian(numbers),
                BinaryPrimitives.ReadUInt32BigEndian(numbers[4..]),
                BinaryPrimitives.ReadUInt32BigEndian(numbers[8..]),
                BinaryPrimitives.ReadUInt32BigEndian(numbers[12..]),
                BinaryPrimitives.ReadUInt32BigEndian(numbers[16..]))
            : null;
    }

    private static byte[]? Text(ReadOnlySpan<byte> data)
    {
        var text = new List<byte>(data.Length);
        while (!data.IsEmpty)
        {
            if (1 + data[0] > data.Length)
            {
                return null;
            }

            text.AddRange(data.Slice(1, data[0]));
            data = data[(1 + data[0])..];
        }

        return [.. text];
    }
}
