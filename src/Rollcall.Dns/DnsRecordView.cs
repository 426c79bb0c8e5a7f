namespace Rollcall.Dns;

/// <summary>A record within a message: a view of the message's bytes.</summary>
public readonly ref struct DnsRecordView
{
    internal DnsRecordView(DnsName name, DnsType type, DnsClass @class, uint ttl, ReadOnlySpan<byte> data, int dataOffset)
    {
        Name = name;
        Type = type;
        Class = @class;
        Ttl = ttl;
        Data = data;
        DataOffset = dataOffset;
    }

    /// <summary>Whose record it is; in the buffer that the reader was given.</summary>
    public DnsName Name { get; }

    /// <summary>Its kind.</summary>
    public DnsType Type { get; }

    /// <summary>Its class; for EDNS the sender's largest message.</summary>
    public DnsClass Class { get; }

    /// <summary>How long it may be kept, in seconds; for EDNS flags.</summary>
    public uint Ttl { get; }

    /// <summary>Its data as they stand in the message; names in them may be compressed.</summary>
    public ReadOnlySpan<byte> Data { get; }

    /// <summary>Where the data start in the message.</summary>
    public int DataOffset { get; }
}
