using System.Net;

namespace Rollcall.Dns.Records;

/// <summary>An A or AAAA record.</summary>
/// <param name="Name">Whose record it is.</param>
/// <param name="Ttl">How long it may be kept, in seconds.</param>
/// <param name="Address">The address; its family decides the kind.</param>
public sealed record AddressRecord(string Name, uint Ttl, IPAddress Address)
    : DnsRecord(Name, Address.AddressFamily == System.Net.Sockets.AddressFamily.InterNetwork ? DnsType.A : DnsType.Aaaa, Ttl);
