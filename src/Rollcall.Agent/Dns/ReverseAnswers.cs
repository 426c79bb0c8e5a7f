using System.Globalization;
using System.Net;
using System.Runtime.CompilerServices;
using Rollcall.Agent.Go;
using Rollcall.Agent.Store.Catalog;
using Rollcall.Dns;

namespace Rollcall.Agent.Dns;

/// <summary>Answers which name an address has: that of a node, else that of a service of which an instance has it.</summary>
internal sealed class ReverseAnswers(DnsSettings settings)
{
    private const int HexDigitsOfV6 = 32;

    // A state of the catalog is searched once, and only if somebody asks.
    private readonly ConditionalWeakTable<CatalogState, Dictionary<IPAddress, byte[]>> _names = [];

    /// <returns>False: it is no address, or nobody here has it.</returns>
    public bool TryAnswer(ref DnsAnswer answer, CatalogState catalog, scoped DnsName name)
    {
        if (!TryReadAddress(name, out var address) || !_names.GetValue(catalog, Index).TryGetValue(address, out var target))
        {
            return false;
        }

        answer.Writer.TryWriteName(DnsSection.Answer, answer.Asked, DnsType.Ptr, 0, DnsSettings.Name(target));
        return true;
    }

    /// <param name="name">In lower case, as <c>1.0.0.127.in-addr.arpa</c> or 32 digits and <c>ip6.arpa</c>.</param>
    /// <param name="address">The address.</param>
    private static bool TryReadAddress(DnsName name, out IPAddress address)
    {
        address = IPAddress.None;
        Span<byte> bytes = stackalloc byte[16];
        if (name.LabelCount == 6)
        {
            for (var index = 3; index >= 0; index--, name = name.Parent)
            {
                if (!byte.TryParse(name.Label, NumberStyles.None, CultureInfo.InvariantCulture, out bytes[index]))
                {
                    return false;
                }
            }

            address = new IPAddress(bytes[..4]);
            return name.Label.SequenceEqual("in-addr"u8);
        }

        if (name.LabelCount != HexDigitsOfV6 + 2)
        {
            return false;
        }

        for (var digit = HexDigitsOfV6 - 1; digit >= 0; digit--, name = name.Parent)
        {
            if (name.Label.Length != 1 || !byte.TryParse(name.Label, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var value))
            {
                return false;
            }

            bytes[digit / 2] |= (byte)(digit % 2 == 0 ? value << 4 : value);
        }

        address = new IPAddress(bytes);
        return name.Label.SequenceEqual("ip6"u8);
    }

    private Dictionary<IPAddress, byte[]> Index(CatalogState catalog)
    {
        var names = new Dictionary<IPAddress, byte[]>();
        foreach (var (_, entry) in catalog.Nodes)
        {
            if (GoAddress.TryParse(entry.Node.Address, out var address))
            {
                Add(address, entry.Node.Node, settings.NodeSuffix);
            }
        }

        foreach (var (_, service) in catalog.Services)
        {
            foreach (var (_, instance) in service.Instances)
            {
                // As in Consul: that of a service has to be spelled as one would be for this question.
                if (GoAddress.TryParse(instance.Service.Address, out var address) && address.ToString() == instance.Service.Address)
                {
                    Add(address, service.Name, settings.ServiceSuffix);
                }
            }
        }

        return names;

        void Add(IPAddress address, string name, byte[] suffix)
        {
            if (!names.ContainsKey(address) && DnsServiceView.Join(name, suffix) is { } wire)
            {
                names.Add(address, wire);
            }
        }
    }
}
