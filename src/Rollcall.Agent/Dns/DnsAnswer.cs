using Rollcall.Dns;

namespace Rollcall.Agent.Dns;

/// <summary>An answer while it is written.</summary>
internal ref struct DnsAnswer
{
    // RFC 1035 4.2.1, for clients that do not say how much they can take.
    private const int DefaultUdpLimit = 512;

    // As in Consul: a host, and the host that its record names, and one more.
    private const int MostHosts = 3;

    // What an IPv4 datagram holds.
    private const int MostUdp = ushort.MaxValue - 20 - 8;

    public DnsMessageWriter Writer;

    private readonly DnsQuery _query;

    /// <param name="query">The question.</param>
    /// <param name="buffer">Gets the answer.</param>
    /// <param name="tcp">It goes by TCP.</param>
    /// <param name="hosts">How often a host's name in it may be looked for by another question, one within the other.</param>
    public DnsAnswer(DnsQuery query, Span<byte> buffer, bool tcp, int hosts = MostHosts)
    {
        _query = query;
        HostsLeft = hosts;
        Writer = new DnsMessageWriter(buffer);
        var most = tcp ? ushort.MaxValue : Math.Clamp((int)(query.Edns?.UdpSize ?? 0), DefaultUdpLimit, MostUdp);
        Room = Math.Min(buffer.Length, most) - query.EdnsLength;
        IsSmall = most == DefaultUdpLimit;
        Writer.Limit = Room;
        Header = new DnsHeader(query.Header.Id, 0) { IsResponse = true, Opcode = query.Header.Opcode };
        if (query.Header.Opcode == DnsOpcode.Query)
        {
            Header = Header with { RecursionDesired = query.Header.RecursionDesired, CheckingDisabled = query.Header.CheckingDisabled };
        }
    }

    public DnsHeader Header { get; set; }

    /// <summary>How long the message may become before its EDNS record, in bytes.</summary>
    public int Room { get; }

    /// <summary>The client did not say that it can take more than everybody can.</summary>
    public bool IsSmall { get; }

    /// <summary>The client says what it can take.</summary>
    public readonly bool HasEdns => _query.Edns is not null;

    /// <summary>How often a host's name in it may still be looked for.</summary>
    public int HostsLeft { get; }

    public readonly DnsType Type => _query.Question.Type;

    /// <summary>The name of the question, which stands right behind the header.</summary>
    public readonly DnsOwner Asked => DnsOwner.At(_query.Question.Name, DnsHeader.Length);

    /// <summary>The first thing to write.</summary>
    public void WriteQuestion() => Writer.TryWriteQuestion(_query.Question);

    /// <summary>The last things to write.</summary>
    public int Finish(bool withEdns = true)
    {
        if (withEdns && _query.Edns is { } edns)
        {
            Writer.Limit = Room + _query.EdnsLength;
            scoped Span<byte> options = stackalloc byte[_query.Subnet.Length];
            _query.Subnet.CopyTo(options);
            Writer.TryWriteEdns(new DnsEdns(edns.UdpSize), options);
        }

        return Writer.Finish(Header);
    }
}
