namespace Rollcall.Consul.Wire;

/// <summary>A member of the gossip pool: <c>agent/members</c>.</summary>
public sealed record AgentMember
{
    public string Name { get; init; } = "";

    public string Addr { get; init; } = "";

    public int Port { get; init; }

    public IReadOnlyDictionary<string, string> Tags { get; init; } = new Dictionary<string, string>();

    /// <summary>Serf's number: 1 alive, 2 leaving, 3 left, 4 failed.</summary>
    public int Status { get; init; }

    public int ProtocolMin { get; init; }

    public int ProtocolMax { get; init; }

    public int ProtocolCur { get; init; }

    public int DelegateMin { get; init; }

    public int DelegateMax { get; init; }

    public int DelegateCur { get; init; }
}
