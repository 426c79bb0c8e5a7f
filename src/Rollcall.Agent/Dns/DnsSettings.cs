using System.Net;
using Rollcall.Dns;

namespace Rollcall.Agent.Dns;

/// <summary>The options, checked and in the form that answers need. Immutable.</summary>
internal sealed class DnsSettings
{
    /// <summary>More than these no client gets by UDP that does not say how much it can take.</summary>
    private const int MostUdpAnswers = 8;

    private readonly Dictionary<string, uint> _ttls = new(StringComparer.Ordinal);
    private readonly List<(string Prefix, uint Ttl)> _prefixTtls = [];
    private readonly byte[] _domain;
    private readonly byte[] _altDomain;

    /// <exception cref="ConsulAgentException">An option makes no sense.</exception>
    public DnsSettings(DnsServerOptions options, AgentIdentity identity)
        : this(options, identity.Datacenter)
    {
    }

    /// <exception cref="ConsulAgentException">An option makes no sense.</exception>
    public DnsSettings(DnsServerOptions options, string datacenter)
    {
        _domain = NameBytes(options.Domain, "Domain (-domain)");
        _altDomain = options.AltDomain is { } alt ? NameBytes(alt, "AltDomain (-alt-domain)") : [];
        Primary = NameBytes($"ns.{Text(_domain)}", "Domain (-domain)");
        Mail = NameBytes($"hostmaster.{Text(_domain)}", "Domain (-domain)");
        Datacenter = datacenter;
        NodeSuffix = NameBytes($"node.{datacenter}.{Text(_domain)}", "Domain (-domain)");
        AddressSuffix = NameBytes($"addr.{datacenter}.{Text(_domain)}", "Domain (-domain)");
        ServiceSuffix = NameBytes($"service.{datacenter}.{Text(_domain)}", "Domain (-domain)");
        NodeTtl = Seconds(options.NodeTtl, "NodeTtl (node_ttl)");
        foreach (var (name, ttl) in options.ServiceTtl)
        {
            var seconds = Seconds(ttl, $"ServiceTtl (service_ttl) of \"{name}\"");
            if (name.EndsWith('*'))
            {
                _prefixTtls.Add((name[..^1], seconds));
            }
            else
            {
                _ttls[name] = seconds;
            }
        }

        _prefixTtls.Sort(static (a, b) => b.Prefix.Length.CompareTo(a.Prefix.Length));
        OnlyPassing = options.OnlyPassing;
        EnableTruncate = options.EnableTruncate;
        UdpAnswerLimit = Math.Min(AtLeast(options.UdpAnswerLimit, 0, "UdpAnswerLimit (udp_answer_limit)"), MostUdpAnswers);
        AddressLimit = AtLeast(options.AddressLimit, 0, "AddressLimit (a_record_limit)") is > 0 and var limit ? limit : int.MaxValue;
        NodeMetaText = options.NodeMetaText;
        SoaRefresh = Seconds(options.SoaRefresh, "SoaRefresh (soa.refresh)");
        SoaRetry = Seconds(options.SoaRetry, "SoaRetry (soa.retry)");
        SoaExpire = Seconds(options.SoaExpire, "SoaExpire (soa.expire)");
        SoaMinTtl = Seconds(options.SoaMinTtl, "SoaMinTtl (soa.min_ttl)");
        Recursors = [.. options.Recursors.Select(Dns.Recursors.Read)];
        RecursorTimeout = options.RecursorTimeout > TimeSpan.Zero && options.RecursorTimeout <= TimeSpan.FromMinutes(1)
            ? options.RecursorTimeout
            : throw new ConsulAgentException($"Recursor timeout {options.RecursorTimeout} is not valid. Set RecursorTimeout (recursor_timeout) to more than 0 and at most 1 minute.");
    }

    public DnsName Domain => Name(_domain);

    public bool HasAltDomain => _altDomain.Length > 0;

    public DnsName AltDomain => Name(_altDomain);

    /// <summary>The zone's first server, as Consul names it in its SOA.</summary>
    public byte[] Primary { get; }

    public byte[] Mail { get; }

    public string Datacenter { get; }

    public byte[] NodeSuffix { get; }

    public byte[] AddressSuffix { get; }

    public byte[] ServiceSuffix { get; }

    public uint NodeTtl { get; }

    public bool OnlyPassing { get; }

    public bool EnableTruncate { get; }

    public int UdpAnswerLimit { get; }

    public int AddressLimit { get; }

    public bool NodeMetaText { get; }

    public uint SoaRefresh { get; }

    public uint SoaRetry { get; }

    public uint SoaExpire { get; }

    public uint SoaMinTtl { get; }

    public IReadOnlyList<EndPoint> Recursors { get; }

    public TimeSpan RecursorTimeout { get; }

    /// <param name="service">Its name as it is looked up: in lower case, or as a prepared query spells it.</param>
    public uint ServiceTtl(string service)
    {
        if (_ttls.TryGetValue(service, out var exact))
        {
            return exact;
        }

        foreach (var (prefix, ttl) in _prefixTtls)
        {
            if (service.StartsWith(prefix, StringComparison.Ordinal))
            {
                return ttl;
            }
        }

        return 0;
    }

    /// <summary>Bytes that were made by <see cref="DnsName.TryEncode"/>.</summary>
    public static DnsName Name(ReadOnlySpan<byte> wire) => DnsName.TryCreate(wire, out var name) ? name : DnsName.Root;

    private static string Text(byte[] domain) => Name(domain).ToString();

    private static byte[] NameBytes(string text, string option)
    {
        Span<byte> wire = stackalloc byte[DnsName.MaxLength];
        return text.Trim('.').Length > 0 && DnsName.TryEncode(text.ToLowerInvariant(), wire, out var length)
            ? wire[..length].ToArray()
            : throw new ConsulAgentException($"\"{text}\" is no domain name. Set {option} to one, such as consul.");
    }

    // 31 bits (RFC 2181 8).
    private static uint Seconds(TimeSpan time, string option) =>
        time >= TimeSpan.Zero && time.TotalSeconds <= int.MaxValue
            ? (uint)time.TotalSeconds
            : throw new ConsulAgentException($"{time} is no time to live. Set {option} to one from 0 to {int.MaxValue} seconds.");

    private static int AtLeast(int value, int least, string option) =>
        value >= least ? value : throw new ConsulAgentException($"{value} is not valid. Set {option} to {least} or more.");
}
