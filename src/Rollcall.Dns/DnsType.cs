namespace Rollcall.Dns;

/// <summary>Kinds of records and questions, by IANA's numbers. Others exist, and are carried as they are.</summary>
#pragma warning disable CA1028, CA1008 // The wire has 16 bits, and 0 is reserved.
public enum DnsType : ushort
{
    /// <summary>An IPv4 address.</summary>
    A = 1,

    /// <summary>A name server of a zone.</summary>
    Ns = 2,

    /// <summary>The real name of an alias.</summary>
    Cname = 5,

    /// <summary>The start of a zone.</summary>
    Soa = 6,

    /// <summary>The name that belongs to an address.</summary>
    Ptr = 12,

    /// <summary>A mail exchange.</summary>
    Mx = 15,

    /// <summary>Text.</summary>
    Txt = 16,

    /// <summary>An IPv6 address.</summary>
    Aaaa = 28,

    /// <summary>Host and port of a service (RFC 2782).</summary>
    Srv = 33,

    /// <summary>Not a record: what a peer can do (EDNS, RFC 6891).</summary>
    Opt = 41,

    /// <summary>Question only: the whole zone.</summary>
    Axfr = 252,

    /// <summary>Question only: whatever there is.</summary>
    Any = 255,
}
#pragma warning restore CA1028, CA1008
