using System.Globalization;
using System.Net;
using Rollcall.Agent.Go;
using Rollcall.Agent.Store.Catalog;
using Rollcall.Consul.Wire;
using Rollcall.Dns;

namespace Rollcall.Agent.Dns;

/// <summary>Puts the instances of one service into the form of answers, and numbers what they have in common. Used by one thread at a time.</summary>
internal sealed class DnsInstanceMaker(DnsSettings settings)
{
    private readonly Dictionary<IPAddress, int> _addresses = [];
    private readonly Dictionary<string, int> _targets = [];
    private readonly Dictionary<string, int> _servers = [];
    private readonly Dictionary<string, DnsNode> _nodes = [];

    /// <returns>Null: what it is called has no place in an answer, as it cannot be asked for.</returns>
    public DnsInstance? Make(ServiceInstance instance)
    {
        if (!_nodes.TryGetValue(instance.Node.Node, out var node))
        {
            if (DnsServiceView.Join(instance.Node.Node, settings.NodeSuffix) is not { } name)
            {
                return null;
            }

            node = new DnsNode(_nodes.Count, name, NodeText.Of(instance.Node));
            _nodes.Add(instance.Node.Node, node);
        }

        var (any, a, aaaa) = (Told(DnsType.Any), Told(DnsType.A), Told(DnsType.Aaaa));
        return Make(instance, node, any, a == any ? null : Make(instance, node, a), aaaa == any ? null : Make(instance, node, aaaa));

        (string Own, string Node) Told(DnsType type) => (LanAddresses.Of(instance.Service, type), LanAddresses.Of(instance.Node, type));
    }

    private DnsInstance? Make(ServiceInstance instance, DnsNode node, (string Own, string Node) told, DnsInstance? forA = null, DnsInstance? forAaaa = null)
    {
        var isOwn = told.Own.Length > 0;
        var parsed = GoAddress.TryParse(isOwn ? told.Own : told.Node, out var address);

        // The node's name stands for the address that the node has, and for no other.
        var target = !parsed ? DnsServiceView.Join(isOwn ? told.Own : told.Node, [])
            : isOwn || told.Node != instance.Node.Address ? AddressName(address!)
            : node.Name;
        if (target is null)
        {
            return null;
        }

        var serverKey = KeyOf(_servers, string.Create(CultureInfo.InvariantCulture, $"{instance.Node.Node} {told.Own} {instance.Service.Port}"));
        var atNode = !parsed && isOwn && GoAddress.TryParse(told.Node, out var nodeAddress) ? At(nodeAddress, node.Name, null) : null;
        return At(address, target, atNode);

        DnsInstance At(IPAddress? where, byte[] pointsTo, DnsInstance? atNode) => new()
        {
            Address = where?.GetAddressBytes(),
            Target = pointsTo,
            AddressKey = where is null ? 0 : KeyOf(_addresses, where),
            TargetKey = KeyOf(_targets, DnsSettings.Name(pointsTo).ToString()),
            ServerKey = serverKey,
            Port = (ushort)instance.Service.Port,
            Weight = Weight(instance),
            Node = node,
            AtNode = atNode,
            ForA = forA,
            ForAaaa = forAaaa,
        };
    }

    /// <summary>The name that stands for an address where a name is needed: its bytes as hexadecimal digits.</summary>
    private byte[]? AddressName(IPAddress address) => DnsServiceView.Join(Convert.ToHexStringLower(address.GetAddressBytes()), settings.AddressSuffix);

    private static int KeyOf<T>(Dictionary<T, int> keys, T value)
        where T : notnull
    {
        keys.TryAdd(value, keys.Count);
        return keys[value];
    }

    private static ushort Weight(ServiceInstance instance)
    {
        // As in Consul: with a status that it does not know weights do not count.
        if (instance.Service.Weights is not { } weights || !Knows(instance.NodeChecks.Values) || !Knows(instance.Checks.Values))
        {
            return 1;
        }

        return (ushort)Math.Clamp(instance.AllPassing ? weights.Passing : weights.Warning, 0, ushort.MaxValue);

        static bool Knows(IEnumerable<HealthCheck> checks) => checks.All(static check => check.Status is CheckStatus.Passing or CheckStatus.Warning);
    }
}
