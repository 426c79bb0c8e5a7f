using System.Collections.Immutable;

namespace Rollcall.Discovery;

/// <summary>One answer of an <see cref="IEndpointSource"/>.</summary>
public sealed class EndpointUpdate
{
    /// <summary>The instances. Empty means that there is none, never that the source failed.</summary>
    public required ImmutableArray<Endpoint> Endpoints { get; init => field = value.IsDefault ? [] : value; }

    /// <summary>The source's version of the list; 0 for a source that has none.</summary>
    public ulong Index { get; init; }

    /// <summary>Why the source itself doubts the answer (no known leader, its index went backwards), in words for a person; null: no doubt.</summary>
    public string? Doubt { get; init; }

    /// <summary>What a person should know who wonders about the list, for example why it is empty; null: nothing.</summary>
    public string? Note { get; init; }

    /// <summary>
    /// What makes the answer doubtful if many instances are missing in it, and only then, in words for a person: the source was gone, or lost its state. Said once, with the
    /// first answer that it concerns. Null: nothing.
    /// </summary>
    public string? Suspicion { get; init; }
}
