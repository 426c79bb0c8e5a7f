namespace Rollcall.Agent.Store.Catalog;

/// <summary>That a gateway of the service mesh leads to a service, as its config entry says.</summary>
public sealed record GatewayLink
{
    /// <summary>The name by which an entry means all services, and under which that is kept for those that come later.</summary>
    public const string Wildcard = "*";

    /// <summary>The name of the gateway's config entry, under which it is registered as a service.</summary>
    public string Gateway { get; init; } = "";

    public string Service { get; init; } = "";

    /// <summary><see cref="Rollcall.Consul.Wire.ServiceKind.IngressGateway"/> or <see cref="Rollcall.Consul.Wire.ServiceKind.TerminatingGateway"/>.</summary>
    public string Kind { get; init; } = "";

    /// <summary>Where an ingress gateway listens for it; 0: a terminating one.</summary>
    public long Port { get; init; }

    public string Protocol { get; init; } = "";

    /// <summary>Null: none were given.</summary>
    public IReadOnlyList<string>? Hosts { get; init; }

    public string CaFile { get; init; } = "";

    public string CertFile { get; init; } = "";

    public string KeyFile { get; init; } = "";

    public string Sni { get; init; } = "";

    /// <summary>The entry does not name the service, but all.</summary>
    public bool FromWildcard { get; init; }

    public ulong CreateIndex { get; init; }

    public ulong ModifyIndex { get; init; }

    /// <summary>The key of the link among those of its gateway.</summary>
    internal string KeyOfGateway => $"{CatalogKey.Of(Service)}\0{PortKey(Port)}";

    /// <summary>The key of the link among those of its service.</summary>
    internal string KeyOfService => $"{CatalogKey.Of(Gateway)}\0{PortKey(Port)}";

    // Consul lists the ports of a service by the bytes of a varint in zigzag.
    private static string PortKey(long port)
    {
        Span<char> bytes = stackalloc char[10];
        var length = 0;
        var left = ((ulong)port << 1) ^ (ulong)(port >> 63);
        for (; left >= 0x80; left >>= 7)
        {
            bytes[length++] = (char)(left & 0x7F | 0x80);
        }

        bytes[length++] = (char)left;
        return new string(bytes[..length]);
    }
}
