namespace Rollcall.Dns.Records;

/// <summary>A TXT record.</summary>
/// <param name="Name">Whose record it is.</param>
/// <param name="Ttl">How long it may be kept, in seconds.</param>
/// <param name="Text">Its strings, joined.</param>
public sealed record TextRecord(string Name, uint Ttl, ReadOnlyMemory<byte> Text) : DnsRecord(Name, DnsType.Txt, Ttl);
