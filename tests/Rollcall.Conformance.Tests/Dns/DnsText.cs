using System.Globalization;
using System.Text;
using Rollcall.Dns.Records;

namespace Rollcall.Conformance.Tests.Dns;

/// <summary>An answer as text, without what differs from one to the next.</summary>
internal static class DnsText
{
    /// <summary>Code, flags and records: one a line, sorted, serials of zones left out.</summary>
    public static string Of(DnsMessage message)
    {
        var header = message.Header;
        var flags = string.Concat(
            header.Authoritative ? " aa" : "", header.Truncated ? " tc" : "", header.RecursionDesired ? " rd" : "", header.RecursionAvailable ? " ra" : "");
        var text = new StringBuilder();
        text.Append(CultureInfo.InvariantCulture, $"{header.ResponseCode}{flags}{(message.Edns is { } edns ? $" edns {edns.UdpSize}" : "")}\n");
        Append(text, "answer", message.Answers);
        Append(text, "authority", message.Authorities);
        Append(text, "additional", message.Additionals);
        return text.ToString();
    }

    private static void Append(StringBuilder text, string section, IEnumerable<DnsRecord> records)
    {
        foreach (var line in records.Select(Line).Order(StringComparer.Ordinal))
        {
            text.Append(CultureInfo.InvariantCulture, $"{section} {line}\n");
        }
    }

    private static string Line(DnsRecord record)
    {
        var data = record switch
        {
            AddressRecord address => address.Address.ToString(),
            NameRecord name => name.Target,
            SrvRecord srv => string.Create(CultureInfo.InvariantCulture, $"{srv.Priority} {srv.Weight} {srv.Port} {srv.Target}"),
            TextRecord txt => Encoding.UTF8.GetString(txt.Text.Span),
            SoaRecord soa => string.Create(
                CultureInfo.InvariantCulture, $"{soa.Primary} {soa.Mail} {soa.Refresh} {soa.Retry} {soa.Expire} {soa.Minimum}"),
            OtherRecord other => Convert.ToHexString(other.Data.Span),
            _ => throw new ArgumentException($"{record.GetType()} has no text.", nameof(record)),
        };
        return string.Create(CultureInfo.InvariantCulture, $"{record.Name.ToLowerInvariant()} {record.Ttl} {record.Type} {data}");
    }
}
