namespace Rollcall.Agent.Dns;

/// <summary>An instance as answers show it. Immutable.</summary>
internal sealed class DnsInstance
{
    /// <summary>Its address in 4 or 16 bytes; null: it has a host's name instead.</summary>
    public byte[]? Address { get; init; }

    /// <summary>Where its SRV record points to: its node, a name made of its address, or the host that it names.</summary>
    public required byte[] Target { get; init; }

    /// <summary>The same number for the same address; small, from 0. Without an address it says nothing.</summary>
    public required int AddressKey { get; init; }

    /// <summary>The same number for the same target.</summary>
    public required int TargetKey { get; init; }

    /// <summary>The same number for the same node, address and port.</summary>
    public required int ServerKey { get; init; }

    public required ushort Port { get; init; }

    public required ushort Weight { get; init; }

    public required DnsNode Node { get; init; }

    /// <summary>What is answered instead to who asks for the very name that it has as its address; null: nothing else.</summary>
    public DnsInstance? AtNode { get; init; }

    /// <summary>What is answered instead to who asks for A records; null: nothing else.</summary>
    public DnsInstance? ForA { get; init; }

    /// <summary>The same for AAAA records.</summary>
    public DnsInstance? ForAaaa { get; init; }
}
