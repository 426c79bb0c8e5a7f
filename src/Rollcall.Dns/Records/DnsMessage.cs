namespace Rollcall.Dns.Records;

/// <summary>A whole message as objects: for clients, tests and tools. What has to be cheap uses the reader and the writer.</summary>
public sealed class DnsMessage
{
    /// <summary>The header; its counts are those of the lists when it is written.</summary>
    public DnsHeader Header { get; init; }

    /// <summary>The questions.</summary>
    public IReadOnlyList<DnsQuestionRecord> Questions { get; init; } = [];

    /// <summary>What was asked for.</summary>
    public IReadOnlyList<DnsRecord> Answers { get; init; } = [];

    /// <summary>Who is responsible.</summary>
    public IReadOnlyList<DnsRecord> Authorities { get; init; } = [];

    /// <summary>What may be of use; EDNS is not among them.</summary>
    public IReadOnlyList<DnsRecord> Additionals { get; init; } = [];

    /// <summary>What the sender can do; null: it does not say.</summary>
    public DnsEdns? Edns { get; init; }

    /// <summary>The options of EDNS in the form of the wire.</summary>
    public ReadOnlyMemory<byte> EdnsOptions { get; init; }

    /// <summary>Reads a message. What follows it in the bytes is ignored.</summary>
    /// <param name="bytes">The bytes.</param>
    /// <param name="message">The message; null if there is a fault.</param>
    /// <returns>The fault, or <see cref="DnsFault.None"/>.</returns>
    public static DnsFault TryParse(ReadOnlySpan<byte> bytes, out DnsMessage? message) => new DnsMessageParser(bytes).Parse(out message);

    /// <summary>Writes the message.</summary>
    /// <returns>Its length in bytes; 0 if it does not fit, or a name in it is none.</returns>
    public int Write(Span<byte> destination)
    {
        if (destination.Length < DnsHeader.Length)
        {
            return 0;
        }

        var writer = new DnsMessageWriter(destination);
        Span<byte> name = stackalloc byte[DnsName.MaxLength];
        foreach (var question in Questions)
        {
            if (!DnsName.TryEncode(question.Name, name, out var length)
                || !writer.TryWriteQuestion(new DnsQuestion(DnsName.Trusted(name[..length]), question.Type, question.Class)))
            {
                return 0;
            }
        }

        if (!Write(ref writer, DnsSection.Answer, Answers) || !Write(ref writer, DnsSection.Authority, Authorities)
            || !Write(ref writer, DnsSection.Additional, Additionals))
        {
            return 0;
        }

        return Edns is not { } edns || writer.TryWriteEdns(edns, EdnsOptions.Span) ? writer.Finish(Header) : 0;
    }

    private static bool Write(ref DnsMessageWriter writer, DnsSection section, IReadOnlyList<DnsRecord> records)
    {
        foreach (var record in records)
        {
            if (!Write(ref writer, section, record))
            {
                return false;
            }
        }

        return true;
    }

    private static bool Write(ref DnsMessageWriter writer, DnsSection section, DnsRecord record)
    {
        Span<byte> ownerBytes = stackalloc byte[DnsName.MaxLength];
        Span<byte> targetBytes = stackalloc byte[DnsName.MaxLength];
        if (!TryName(record.Name, ownerBytes, out var owner))
        {
            return false;
        }

        switch (record)
        {
            case AddressRecord address:
                return writer.TryWriteAddress(section, owner, record.Ttl, address.Address.GetAddressBytes());
            case NameRecord alias:
                return TryName(alias.Target, targetBytes, out var named) && writer.TryWriteName(section, owner, record.Type, record.Ttl, named);
            case SrvRecord srv:
                return TryName(srv.Target, targetBytes, out var target)
                    && writer.TryWriteSrv(section, owner, record.Ttl, srv.Priority, srv.Weight, srv.Port, target);
            case TextRecord text:
                return writer.TryWriteText(section, owner, record.Ttl, text.Text.Span);
            case SoaRecord soa:
                Span<byte> mailBytes = stackalloc byte[DnsName.MaxLength];
                return TryName(soa.Primary, targetBytes, out var primary) && TryName(soa.Mail, mailBytes, out var mail)
                    && writer.TryWriteSoa(section, owner, soa.Ttl, primary, mail, soa.Serial, soa.Refresh, soa.Retry, soa.Expire, soa.Minimum);
            case OtherRecord other:
                return writer.TryWriteRaw(section, owner, other.Type, other.Class, other.Ttl, other.Data.Span);
            default:
                throw new ArgumentException($"A record of type {record.GetType()} can't be written.", nameof(record));
        }
    }

    private static bool TryName(string text, Span<byte> buffer, out DnsName name)
    {
        var done = DnsName.TryEncode(text, buffer, out var length);
        name = DnsName.Trusted(buffer[..length]);
        return done;
    }
}
