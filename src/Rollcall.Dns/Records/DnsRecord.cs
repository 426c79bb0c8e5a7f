namespace Rollcall.Dns.Records;

/// <summary>A record as an object, for those who keep it. Immutable.</summary>
/// <param name="Name">Whose record it is, in the text form with a dot at the end.</param>
/// <param name="Type">Its kind.</param>
/// <param name="Ttl">How long it may be kept, in seconds.</param>
public abstract record DnsRecord(string Name, DnsType Type, uint Ttl);
