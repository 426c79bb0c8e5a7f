namespace Rollcall.Dns.Records;

/// <summary>Host and port of a service (RFC 2782).</summary>
/// <param name="Name">Whose record it is.</param>
/// <param name="Ttl">How long it may be kept, in seconds.</param>
/// <param name="Priority">Lower ones are used first.</param>
/// <param name="Weight">Share among those of the same priority.</param>
/// <param name="Port">The port.</param>
/// <param name="Target">The host's name, with a dot at the end; a dot alone says that there is no such service.</param>
public sealed record SrvRecord(string Name, uint Ttl, ushort Priority, ushort Weight, ushort Port, string Target) : DnsRecord(Name, DnsType.Srv, Ttl);
