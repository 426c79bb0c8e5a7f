namespace Rollcall.Dns.Records;

/// <summary>The start of a zone. All numbers but the serial are seconds.</summary>
/// <param name="Name">The zone.</param>
/// <param name="Ttl">How long it may be kept.</param>
/// <param name="Primary">The first name server.</param>
/// <param name="Mail">Who is responsible, as a name.</param>
/// <param name="Serial">Grows with each change.</param>
/// <param name="Refresh">When others ask again.</param>
/// <param name="Retry">When they ask again after a failure.</param>
/// <param name="Expire">When they give up.</param>
/// <param name="Minimum">How long it may be kept that a name does not exist (RFC 2308).</param>
public sealed record SoaRecord(
    string Name, uint Ttl, string Primary, string Mail, uint Serial, uint Refresh, uint Retry, uint Expire, uint Minimum)
    : DnsRecord(Name, DnsType.Soa, Ttl);
