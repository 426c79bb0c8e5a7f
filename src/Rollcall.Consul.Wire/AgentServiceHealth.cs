namespace Rollcall.Consul.Wire;

/// <summary>One instance in <c>agent/health/service/…</c>.</summary>
public sealed record AgentServiceHealth
{
    /// <summary>The worst of its checks, or <c>maintenance</c>.</summary>
    public string AggregatedStatus { get; init; } = "";

    public AgentService? Service { get; init; }

    public IReadOnlyList<HealthCheck>? Checks { get; init; }
}
