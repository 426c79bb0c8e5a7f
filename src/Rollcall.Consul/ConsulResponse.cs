namespace Rollcall.Consul;

/// <summary>The answer to a read: the value and what Consul says of it. Immutable.</summary>
/// <typeparam name="T">What was asked for.</typeparam>
public sealed class ConsulResponse<T>
{
    internal ConsulResponse(T value) => Value = value;

    /// <summary>What was asked for. Nothing there is a value too: null or an empty list, never an exception.</summary>
    public T Value { get; }

    /// <summary>False when the value is null: what was asked for does not exist.</summary>
    public bool Found => Value is not null;

    /// <summary>The address of the agent that answered, for people.</summary>
    public string Agent { get; init; } = "";

    /// <summary>The version of the data, to wait above in a blocking query; 0 where Consul gives none (agent and status).</summary>
    public ulong Index { get; init; }

    /// <summary>False: the answering server knows no leader, so that its data may be old. True where Consul doesn't say.</summary>
    public bool KnownLeader { get; init; } = true;

    /// <summary>How long ago the answering server last heard from the leader; null where Consul doesn't say.</summary>
    public TimeSpan? LastContact { get; init; }

    /// <summary>How long ago the agent's cache last heard from a server; null: the answer is not from the cache.</summary>
    public TimeSpan? CacheAge { get; init; }

    /// <summary>
    /// Only in a watch: the index is lower than before, so the agent lost its state or got an older one. What this answer leaves out
    /// may be missing only because the agent forgot it.
    /// </summary>
    public bool IndexRewound { get; init; }

    /// <summary>Access rules removed something from the answer: an empty one may only mean that the token may not see it. Newer servers say so.</summary>
    public bool ResultsFiltered { get; init; }

    internal ConsulResponse<TOut> Select<TOut>(Func<T, TOut> map) => new(map(Value))
    {
        Agent = Agent,
        Index = Index,
        KnownLeader = KnownLeader,
        LastContact = LastContact,
        CacheAge = CacheAge,
        IndexRewound = IndexRewound,
        ResultsFiltered = ResultsFiltered,
    };

    internal ConsulResponse<T> Rewound() => new(Value)
    {
        Agent = Agent,
        Index = Index,
        KnownLeader = KnownLeader,
        LastContact = LastContact,
        CacheAge = CacheAge,
        IndexRewound = true,
        ResultsFiltered = ResultsFiltered,
    };
}
