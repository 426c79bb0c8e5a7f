namespace Rollcall.Consul.Wire;

/// <summary>What an agent says of itself: the parts of <c>agent/self</c> that clients read.</summary>
public sealed record AgentSelf
{
    public AgentSelfConfig Config { get; init; } = new();

    public AgentMember? Member { get; init; }

    public IReadOnlyDictionary<string, string>? Meta { get; init; }
}
