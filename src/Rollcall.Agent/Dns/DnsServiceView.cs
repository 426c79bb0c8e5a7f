using System.Collections.Concurrent;
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
        : this(entry.Instances.Values.Where(instance => IsHealthy(instance, settings)), settings)
    {
    }

    /// <param name="instances">All that are to be answered; they keep their order.</param>
    /// <param name="settings">The settings.</param>
    public DnsServiceView(IEnumerable<ServiceInstance> instances, DnsSettings settings)
    {
        var maker = new DnsInstanceMaker(settings);
        foreach (var instance in instances)
        {
            if (maker.Make(instance) is { } made)
            {
                _tags[made] = [.. (instance.Service.Tags ?? []).Select(static tag => tag.ToLowerInvariant())];
            }
        }

        _all = [.. _tags.Keys];
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

    /// <summary>Whether it is answered to who asks for its service.</summary>
    public static bool IsHealthy(ServiceInstance instance, DnsSettings settings) => !IsCritical(instance) && (!settings.OnlyPassing || instance.AllPassing);

    private static bool IsCritical(ServiceInstance instance) =>
        instance.NodeChecks.Values.Any(static check => check.Status == CheckStatus.Critical)
        || instance.Checks.Values.Any(static check => check.Status == CheckStatus.Critical);
}
