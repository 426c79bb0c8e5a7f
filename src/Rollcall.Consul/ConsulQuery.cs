using System.Text;

namespace Rollcall.Consul;

/// <summary>How a read is to be answered. Immutable. What is null is not sent, and Consul's or the client's default holds.</summary>
public record ConsulQuery
{
    /// <summary>Null: <see cref="ConsulClientOptions.Datacenter"/>.</summary>
    public string? Datacenter { get; init; }

    /// <summary>Who may answer.</summary>
    public ConsulConsistency Consistency { get; init; }

    /// <summary>
    /// The agent may answer from its own cache, which it keeps up to date by one query for all who ask it the same. Only for reads of catalog and health
    /// that the agent caches; not with <see cref="ConsulConsistency.Consistent"/>.
    /// </summary>
    public bool Cached { get; init; }

    /// <summary>Above 0: answer only when the index has passed this one, or the wait is over (a blocking query). Default 0: at once.</summary>
    public ulong Index { get; init; }

    /// <summary>How long a blocking query may wait. Null: <see cref="ConsulClientOptions.WaitTime"/>. At most 10 minutes are granted.</summary>
    public TimeSpan? Wait { get; init; }

    /// <summary>
    /// Only in a watch: an answer of a server that last heard from its leader longer ago is given although the index is the same. Not sent. Null: it is not.
    /// </summary>
    public TimeSpan? MaxStaleness { get; init; }

    /// <summary>
    /// Only in a watch: an answer is given whenever a query ends, also when its wait is over and the index is the same. An index doesn't move when the token's rights
    /// change, and with them what a list leaves out. Not sent. Default false.
    /// </summary>
    public bool EveryAnswer { get; init; }

    /// <summary>
    /// Only in a watch: there was something before the watch began, so that a first answer without anything is asked about again after a while, as each is that comes in its course.
    /// Not sent. Default false.
    /// </summary>
    public bool HadValue { get; init; }

    /// <summary>A node's name, or <c>_agent</c>: sort by round-trip time from it.</summary>
    public string? Near { get; init; }

    /// <summary>A filter expression in Consul's grammar, evaluated by the agent.</summary>
    public string? Filter { get; init; }

    /// <summary>Used for this read instead of <see cref="ConsulClientOptions.Token"/>. Not part of <see cref="object.ToString"/>.</summary>
    public string? Token { get; init; }

    /// <summary>In a watch, the agent that gave the index. Null: any.</summary>
    internal Transport.AgentConnection? Agent { get; init; }

    /// <summary>Everything but the token.</summary>
    protected virtual bool PrintMembers(StringBuilder builder)
    {
        ArgumentNullException.ThrowIfNull(builder);
        builder
            .Append("Datacenter = ").Append(Datacenter)
            .Append(", Consistency = ").Append(Consistency)
            .Append(", Cached = ").Append(Cached)
            .Append(", Index = ").Append(Index)
            .Append(", Wait = ").Append(Wait)
            .Append(", MaxStaleness = ").Append(MaxStaleness)
            .Append(", EveryAnswer = ").Append(EveryAnswer)
            .Append(", HadValue = ").Append(HadValue)
            .Append(", Near = ").Append(Near)
            .Append(", Filter = ").Append(Filter);
        return true;
    }
}
