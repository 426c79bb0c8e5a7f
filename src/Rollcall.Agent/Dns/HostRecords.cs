using Rollcall.Dns;
using Rollcall.Dns.Records;

namespace Rollcall.Agent.Dns;

/// <summary>What was found of a host, written into the answer that names it.</summary>
internal static class HostRecords
{
    public static bool IsAddressOrAlias(DnsRecord record) => record is AddressRecord or NameRecord { Type: DnsType.Cname };

    /// <param name="writer">The answer.</param>
    /// <param name="section">Where to.</param>
    /// <param name="record">An address, an alias or text.</param>
    /// <param name="ttl">How long it may be kept, in seconds.</param>
    /// <returns>False: there is no room.</returns>
    public static bool TryWrite(ref DnsMessageWriter writer, DnsSection section, DnsRecord record, uint ttl)
    {
        Span<byte> ownerBytes = stackalloc byte[DnsName.MaxLength];
        Span<byte> targetBytes = stackalloc byte[DnsName.MaxLength];
        var owner = Name(record.Name, ownerBytes);
        return record switch
        {
            AddressRecord address => writer.TryWriteAddress(section, owner, ttl, address.Address.GetAddressBytes()),
            NameRecord alias => writer.TryWriteName(section, owner, alias.Type, ttl, Name(alias.Target, targetBytes)),
            TextRecord text => writer.TryWriteText(section, owner, ttl, text.Text.Span),
            _ => throw new ArgumentException($"A host has no {record.Type}.", nameof(record)),
        };
    }

    // They were read from a message, so they are names.
    private static DnsName Name(string text, Span<byte> buffer) =>
        DnsName.TryEncode(text, buffer, out var length) ? DnsSettings.Name(buffer[..length]) : DnsName.Root;
}
