namespace Rollcall.Dns.Records;

/// <summary>A record whose data are one name: NS, CNAME, PTR.</summary>
/// <param name="Name">Whose record it is.</param>
/// <param name="Type">Its kind.</param>
/// <param name="Ttl">How long it may be kept, in seconds.</param>
/// <param name="Target">The name, with a dot at the end.</param>
public sealed record NameRecord(string Name, DnsType Type, uint Ttl, string Target) : DnsRecord(Name, Type, Ttl);
