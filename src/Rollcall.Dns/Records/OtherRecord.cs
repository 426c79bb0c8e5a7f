namespace Rollcall.Dns.Records;

/// <summary>A record of a kind or class that is not read further.</summary>
/// <param name="Name">Whose record it is.</param>
/// <param name="Type">Its kind.</param>
/// <param name="Class">Its class.</param>
/// <param name="Ttl">How long it may be kept, in seconds.</param>
/// <param name="Data">Its data; names in them are of use only if they are not compressed.</param>
public sealed record OtherRecord(string Name, DnsType Type, DnsClass Class, uint Ttl, ReadOnlyMemory<byte> Data) : DnsRecord(Name, Type, Ttl);
