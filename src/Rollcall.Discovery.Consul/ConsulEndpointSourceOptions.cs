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

    /// <summary>
    /// How often a server that knew no leader is asked whether it knows one again, by all lists of a source together: they take turns, and the first that hears of a
    /// leader lets the others ask. Up to half of it is taken off at random.
    /// </summary>
    /// <value>Default 2 seconds. Above 0.</value>
    public TimeSpan LeaderlessInterval { get; set; } = TimeSpan.FromSeconds(2);

    /// <summary>
    /// How long ago the server that answers may have heard from its leader. An answer from one that is further behind is asked of the leader again; when
    /// that fails, it is marked as suspect. Null: any time.
    /// </summary>
    /// <value>Default null. Above 0.</value>
    public TimeSpan? MaxStaleness { get; set; }

    /// <summary>
    /// Lets the agent answer from its cache (<c>?cached</c>): however many processes on a machine watch a service, its agent asks the servers once. Not
    /// with <see cref="ConsulConsistency.Consistent"/>.
    /// </summary>
    /// <value>Default false.</value>
    public bool UseAgentCache { get; set; }

    /// <summary>What is wrong with these options, one sentence for each fault; empty when nothing is.</summary>
    public IReadOnlyList<string> Validate()
    {
        var faults = new List<string>();
        if (LeaderlessInterval <= TimeSpan.Zero)
        {
            faults.Add($"{nameof(LeaderlessInterval)} must be more than 0, and is {LeaderlessInterval}");
        }

        if (MaxStaleness <= TimeSpan.Zero)
        {
            faults.Add($"{nameof(MaxStaleness)} must be more than 0, and is {MaxStaleness}: set null for any time");
        }

        if (UseAgentCache && Consistency == ConsulConsistency.Consistent)
        {
            faults.Add($"{nameof(UseAgentCache)} can't be had with {nameof(ConsulConsistency)}.{nameof(ConsulConsistency.Consistent)}: choose one of them");
        }

        return faults;
    }
}
