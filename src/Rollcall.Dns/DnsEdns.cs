namespace Rollcall.Dns;

/// <summary>What a peer can do (RFC 6891).</summary>
/// <param name="UdpSize">The largest message that it takes by UDP, in bytes.</param>
/// <param name="ExtendedCode">The upper 8 bits of the response code.</param>
/// <param name="Version">The version of EDNS; 0 is the only one.</param>
/// <param name="DnssecOk">It wants DNSSEC's records.</param>
public readonly record struct DnsEdns(ushort UdpSize, byte ExtendedCode = 0, byte Version = 0, bool DnssecOk = false)
{
    /// <summary>Length of the record without options, in bytes.</summary>
    public const int RecordLength = 11;

    private const uint DnssecOkBit = 0x8000;

    internal uint Ttl => ((uint)ExtendedCode << 24) | ((uint)Version << 16) | (DnssecOk ? DnssecOkBit : 0);

    internal static DnsEdns Of(DnsClass @class, uint ttl) => new((ushort)@class, (byte)(ttl >> 24), (byte)(ttl >> 16), (ttl & DnssecOkBit) != 0);
}
