using System.Net;
using Rollcall.Agent.Go;
using Rollcall.Dns;
using Rollcall.Dns.Records;

namespace Rollcall.Agent.Dns;

/// <summary>Answers about nodes, and about names that are made of an address.</summary>
internal sealed class NodeAnswers(DnsSettings settings, HostLookup hosts)
{
    public DnsFinding Answer(ref DnsAnswer answer, DnsCatalog catalog, string name, DnsScratch scratch)
    {
        if (catalog.FindNode(name) is not { Node: var node })
        {
            return DnsFinding.Unknown;
        }

        var whole = true;
        if (answer.Type is DnsType.A or DnsType.Aaaa or DnsType.Any)
        {
            var told = LanAddresses.Of(node, answer.Type);
            if (!GoAddress.TryParse(told, out var address))
            {
                if (DnsServiceView.Join(told, []) is { } host)
                {
                    whole = TryWriteAlias(ref answer, DnsSettings.Name(host), scratch);
                }
            }
            else if (IsWanted(answer.Type, address))
            {
                whole = answer.Writer.TryWriteAddress(DnsSection.Answer, answer.Asked, settings.NodeTtl, address.GetAddressBytes());
            }
        }

        var section = answer.Type is DnsType.Any or DnsType.Txt ? DnsSection.Answer : DnsSection.Additional;
        if (section == DnsSection.Answer || (settings.NodeMetaText && answer.Type is DnsType.A or DnsType.Aaaa))
        {
            foreach (var text in NodeText.Of(node))
            {
                // What stands beside the answer may be missing (RFC 2181 9).
                whole &= answer.Writer.TryWriteText(section, answer.Asked, settings.NodeTtl, text) || section == DnsSection.Additional;
            }
        }

        Tell(ref answer, whole);
        return DnsFinding.Found;
    }

    /// <summary>An address of either family in hexadecimal digits is itself, whatever kind of record was asked for.</summary>
    public DnsFinding AnswerAddress(ref DnsAnswer answer, scoped ReadOnlySpan<byte> digits)
    {
        Span<byte> address = stackalloc byte[16];
        if ((digits.Length / 2) is not (4 or 16))
        {
            return DnsFinding.Found;
        }

        if (Convert.FromHexString(digits, address, out _, out var written) != System.Buffers.OperationStatus.Done)
        {
            return DnsFinding.Unknown;
        }

        Tell(ref answer, answer.Writer.TryWriteAddress(DnsSection.Answer, answer.Asked, settings.NodeTtl, address[..written]));
        return DnsFinding.Found;
    }

    /// <returns>False: something had no room.</returns>
    private bool TryWriteAlias(ref DnsAnswer answer, scoped DnsName host, DnsScratch scratch)
    {
        var whole = answer.Writer.TryWriteName(DnsSection.Answer, answer.Asked, DnsType.Cname, settings.NodeTtl, host);
        foreach (var record in hosts(host, answer.HostsLeft, scratch))
        {
            // As in Consul: what is known of a host comes whole, with its own times to live.
            if (HostRecords.IsAddressOrAlias(record) || record is TextRecord)
            {
                whole &= HostRecords.TryWrite(ref answer.Writer, DnsSection.Answer, record, record.Ttl);
            }
        }

        return whole;
    }

    private void Tell(ref DnsAnswer answer, bool whole)
    {
        if (!whole && settings.EnableTruncate)
        {
            answer.Header = answer.Header with { Truncated = true };
        }
    }

    private static bool IsWanted(DnsType type, IPAddress address) =>
        type == DnsType.Any || (type == DnsType.A) == (address.AddressFamily == System.Net.Sockets.AddressFamily.InterNetwork);
}
