using Rollcall.Consul;

namespace Rollcall.Discovery.Consul;

/// <summary>Settings of a <see cref="ConsulEndpointSource"/>. Read once, at construction.</summary>
public sealed class ConsulEndpointSourceOptions
{
    /// <summary>Who may answer.</summary>
    /// <value>
    /// Default <see cref="ConsulConsistency.Stale"/>: any server, so that load spreads and lists go on changing while the cluster elects a
    /// leader. An answer from a server without a leader is marked as suspect.
    /// </value>
    public ConsulConsistency Consistency { get; set; } = ConsulConsistency.Stale;

    /// <summary>How often a server that knew no leader is asked whether it knows one again.</summary>
    /// <value>Default 2 seconds. Above 0.</value>
    public TimeSpan LeaderlessInterval { get; set; } = TimeSpan.FromSeconds(2);
}
