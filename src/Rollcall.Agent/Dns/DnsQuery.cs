using System.Buffers.Binary;
using Rollcall.Dns;

namespace Rollcall.Agent.Dns;

/// <summary>A question as it came, read as far as answering needs. A view of its bytes.</summary>
internal readonly ref struct DnsQuery
{
    private DnsQuery(DnsHeader header, DnsQuestion question, DnsEdns? edns, ClientSubnet clientSubnet)
    {
        Header = header;
        Question = question;
        Edns = edns;
        Subnet = clientSubnet;
    }

    /// <summary>A question of the agent's own.</summary>
    public static DnsQuery Of(DnsQuestion question) => new(default, question, null, default);

    public DnsHeader Header { get; }

    /// <summary>The question, in the case of the client.</summary>
    public DnsQuestion Question { get; }

    public DnsEdns? Edns { get; }

    /// <summary>What the client says of its address.</summary>
    public ClientSubnet Subnet { get; }

    /// <summary>How many bytes the answer's EDNS record takes.</summary>
    public int EdnsLength => Edns is null ? 0 : DnsEdns.RecordLength + Subnet.Length;

    /// <param name="message">The message.</param>
    /// <param name="nameBuffer">Room for two names; holds the question's.</param>
    /// <param name="query">The question; with a fault as far as it could be read.</param>
    /// <param name="refusal">How it has to be answered if there is a fault; null: it is no question, and nobody is answered.</param>
    /// <returns>False: there is a fault.</returns>
    public static bool TryRead(ReadOnlySpan<byte> message, Span<byte> nameBuffer, out DnsQuery query, out DnsResponseCode? refusal)
    {
        query = default;
        refusal = null;
        var reader = new DnsMessageReader(message);
        var header = reader.Header;
        if (reader.Fault != DnsFault.None || header.IsResponse)
        {
            return false;
        }

        query = new DnsQuery(header, default, null, default);
        refusal = DnsResponseCode.NotImplemented;
        if (header.Opcode is not (DnsOpcode.Query or DnsOpcode.Notify))
        {
            return false;
        }

        // What Consul takes: one question, and no more of the rest than a question can have.
        refusal = DnsResponseCode.FormatError;
        if (header.Questions != 1 || header.Answers > 1 || header.Authorities > 1 || header.Additionals > 2
            || !reader.TryReadQuestion(nameBuffer, out var question))
        {
            return false;
        }

        query = new DnsQuery(header, question, null, default);
        if (!TryReadRecords(ref reader, nameBuffer[DnsName.MaxLength..], out var edns, out var subnet))
        {
            return false;
        }

        query = new DnsQuery(header, question, edns, new ClientSubnet(message[subnet]));
        return true;
    }

    private static bool TryReadRecords(ref DnsMessageReader reader, Span<byte> owner, out DnsEdns? edns, out Range subnet)
    {
        edns = null;
        subnet = ..0;
        var header = reader.Header;
        for (var left = header.Answers + header.Authorities + header.Additionals; left > 0; left--)
        {
            if (!reader.TryReadRecord(owner, out var record))
            {
                return false;
            }

            if (record.Type != DnsType.Opt)
            {
                continue;
            }

            // More than one is an error (RFC 6891 6.1.1).
            if (edns is not null || left > header.Additionals || !TryFindSubnet(record, out subnet))
            {
                return false;
            }

            edns = new DnsEdns((ushort)record.Class);
        }

        return true;
    }

    /// <summary>Goes through all options: of several subnets the first counts, but each has to be one.</summary>
    private static bool TryFindSubnet(in DnsRecordView record, out Range subnet)
    {
        subnet = ..0;
        var (options, at) = (record.Data.Length, 0);
        while (at < options)
        {
            if (options - at < 4 || options - at - 4 < BinaryPrimitives.ReadUInt16BigEndian(record.Data[(at + 2)..]))
            {
                return false;
            }

            var length = 4 + BinaryPrimitives.ReadUInt16BigEndian(record.Data[(at + 2)..]);
            if (BinaryPrimitives.ReadUInt16BigEndian(record.Data[at..]) == ClientSubnet.Code)
            {
                if (!ClientSubnet.IsWellFormed(record.Data.Slice(at, length)))
                {
                    return false;
                }

                if (subnet.Equals(..0))
                {
                    subnet = (record.DataOffset + at)..(record.DataOffset + at + length);
                }
            }

            at += length;
        }

        return true;
    }
}
