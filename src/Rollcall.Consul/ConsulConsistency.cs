namespace Rollcall.Consul;

/// <summary>Who may answer a read.</summary>
public enum ConsulConsistency
{
    /// <summary>The leader, without asking its peers: stale only in a short window after a new leader was elected.</summary>
    Default,

    /// <summary>Any server, with what it has; goes on answering without a leader.</summary>
    Stale,

    /// <summary>The leader, after it made sure that it still is the leader.</summary>
    Consistent,
}
