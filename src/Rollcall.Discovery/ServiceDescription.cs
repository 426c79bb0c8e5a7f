using System.Collections.Immutable;
using Rollcall.Discovery.Balancing.Stages;

namespace Rollcall.Discovery;

/// <summary>What is known of a query, and what its callers make of it. Immutable.</summary>
/// <param name="Query">What is watched.</param>
/// <param name="Snapshot">The list; null: there is none yet.</param>
/// <param name="Failure">What keeps the source from being read; null: it answers, or has not been asked yet.</param>
/// <param name="Callers">What each balancer on the list does with it.</param>
public sealed record ServiceDescription(
    ServiceQuery Query, EndpointSnapshot? Snapshot, SourceFailure? Failure, ImmutableArray<BalancerDescription> Callers)
{
    /// <summary>How often the watch was started again after a failure, since it began; of a list put together from several, all of theirs.</summary>
    public long Restarts { get; init; }

    /// <summary>The last failure, which may be over: then <see cref="Failure"/> is null. Null: there was none.</summary>
    public SourceFailure? LastFailure { get; init; }
}
