using System.Collections.Immutable;

namespace Rollcall.Discovery;

/// <summary>The instances of a query at one moment. Immutable; a new one replaces it when the endpoints or the freshness change.</summary>
public sealed class EndpointSnapshot
{
    /// <summary>What was asked.</summary>
    public required ServiceQuery Query { get; init; }

    /// <summary>
    /// The instances, in a stable order (by id; in the source's own order when <see cref="ServiceQuery.Near"/> asks for one). Empty is an
    /// ordinary state: nobody is registered or passing. The same array as before as long as nothing in it changed.
    /// </summary>
    public required ImmutableArray<Endpoint> Endpoints { get; init; }

    /// <summary>The source's version of the list (Consul: the index).</summary>
    public ulong Index { get; init; }

    /// <summary>How much it can be trusted.</summary>
    public SnapshotFreshness Freshness { get; init; }

    /// <summary>When the source last vouched for this list. Of a fresh one, when it first did: it vouches for it still.</summary>
    public required DateTimeOffset ConfirmedAt { get; init; }

    /// <summary>Why it is not fresh, in words for a person; null when fresh.</summary>
    public string? Reason { get; init; }

    /// <summary>What the source has to say about the list, for example why it is empty; null: nothing.</summary>
    public string? Note { get; init; }
}
