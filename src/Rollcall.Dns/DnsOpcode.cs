namespace Rollcall.Dns;

/// <summary>What a message wants, by IANA's numbers.</summary>
#pragma warning disable CA1028 // The wire has 4 bits.
public enum DnsOpcode : byte
{
    /// <summary>An answer.</summary>
    Query = 0,

    /// <summary>To say that a zone has changed (RFC 1996).</summary>
    Notify = 4,

    /// <summary>To change a zone (RFC 2136).</summary>
    Update = 5,
}
#pragma warning restore CA1028
