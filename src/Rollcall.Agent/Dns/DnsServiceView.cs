using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using Rollcall.Agent.Http.Decoding;
using Rollcall.Agent.Store;
using Rollcall.Agent.Store.Catalog;
using Rollcall.Consul.Wire;
using Rollcall.Dns;

namespace Rollcall.Agent.Dns;

/// <summary>
/// A service's instances in the form of answers, made once for each state of the service: names are encoded, addresses parsed and sick ones left
/// out here and not for each question. Safe for use by many threads.
/// </summary>
internal sealed class DnsServiceView
{
    // Who asks for more different tags of one service has each question filtered.
    private const int MaxTags = 32;

    private readonly ConcurrentDictionary<string, DnsInstance[]> _byTag = new(StringComparer.Ordinal);
    private readonly Dictionary<DnsInstance, string[]> _tags = [];
    private readonly DnsInstance[] _all;

    /// <summary>The healthy instances of a service.</summary>
    public DnsServiceView(ServiceEntry entry, DnsSettings settings)
        : this(entry.Instances.Values.Where(instance => !IsCritical(instance) && (!settings.OnlyPassing || instance.AllPassing)), settings)
    {
    }

    /// <param name="instances">All that are to be answered; they keep their order.</param>
    /// <param name="settings">The settings.</param>
    public DnsServiceView(IEnumerable<ServiceInstance> instances, DnsSettings settings)
    {
        var (addresses, servers, nodes) = (new Dictionary<IPAddress, int>(), new Dictionary<string, int>(), new Dictionary<string, DnsNode>());
        var targets = new Dictionary<string, int>();
        foreach (var instance in instances)
        {
            if (Make(instance) is { } made)
            {
                _tags[made] = [.. (instance.Service.Tags ?? []).Select(static tag => tag.ToLowerInvariant())];
            }
        }

        _all = [.. _tags.Keys];

        DnsInstance? Make(ServiceInstance instance)
        {
            if (!nodes.TryGetValue(instance.Node.Node, out var node))
            {
                // A name that cannot be asked for has no place in an answer either.
                if (Join(instance.Node.Node, settings.NodeSuffix) is not { } name)
                {
                    return null;
                }

                node = new DnsNode(nodes.Count, name, NodeText.Of(instance.Node));
                nodes.Add(instance.Node.Node, node);
            }

            var own = instance.Service.Address;
            var text = own.Length > 0 ? own : instance.Node.Address;
            var parsed = GoAddress.TryParse(text, out var address);
            var target = parsed ? (own.Length > 0 ? AddressName(address!, settings) : node.Name) : Join(text, []);
            if (target is null)
            {
                return null;
            }

            var server = string.Create(CultureInfo.InvariantCulture, $"{instance.Node.Node} {own} {instance.Service.Port}");
            var serverKey = KeyOf(servers, server);
            var isHost = !parsed && own.Length > 0;
            return At(address, target, isHost && GoAddress.TryParse(instance.Node.Address, out var nodeAddress) ? At(nodeAddress, node.Name, null) : null);

            DnsInstance At(IPAddress? where, byte[] pointsTo, DnsInstance? atNode) => new()
            {
                Address = where?.GetAddressBytes(),
                Target = pointsTo,
                AddressKey = where is null ? 0 : KeyOf(addresses, where),
                TargetKey = KeyOf(targets, DnsSettings.Name(pointsTo).ToString()),
                ServerKey = serverKey,
                Port = (ushort)instance.Service.Port,
                Weight = Weight(instance),
                Node = node,
                AtNode = atNode,
            };
        }
    }

    /// <param name="tag">In lower case; empty: all.</param>
    public DnsInstance[] Select(string tag)
    {
        if (tag.Length == 0)
        {
            return _all;
        }

        if (_byTag.TryGetValue(tag, out var known))
        {
            return known;
        }

        var selected = Array.FindAll(_all, instance => _tags[instance].AsSpan().Contains(tag));
        return _byTag.Count < MaxTags ? _byTag.GetOrAdd(tag, selected) : selected;
    }

    /// <summary>The name that stands for an address where a name is needed: its bytes as hexadecimal digits.</summary>
    private static byte[]? AddressName(IPAddress address, DnsSettings settings) =>
        Join(Convert.ToHexStringLower(address.GetAddressBytes()), settings.AddressSuffix);

    /// <returns>Null: it is no name, or too long.</returns>
    public static byte[]? Join(string text, ReadOnlySpan<byte> suffix)
    {
        Span<byte> wire = stackalloc byte[DnsName.MaxLength];
        if (!DnsName.TryEncode(text, wire, out var length) || length == 1)
        {
            return null;
        }

        var start = suffix.IsEmpty ? length : length - 1;
        if (start + suffix.Length > wire.Length)
        {
            return null;
        }

        suffix.CopyTo(wire[start..]);
        return wire[..(start + suffix.Length)].ToArray();
    }

    private static int KeyOf<T>(Dictionary<T, int> keys, T value)
        where T : notnull
    {
        keys.TryAdd(value, keys.Count);
        return keys[value];
    }

    private static bool IsCritical(ServiceInstance instance) =>
        instance.NodeChecks.Values.Any(static check => check.Status == CheckStatus.Critical)
        || instance.Checks.Values.Any(static check => check.Status == CheckStatus.Critical);

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
