using System.Runtime.CompilerServices;
using Rollcall.Discovery.Internal;

namespace Rollcall.Discovery.Sources.Internal;

/// <summary>Sources that are read as one. Immutable and thread-safe.</summary>
internal sealed class SourceSet
{
    private readonly IReadOnlyList<IEndpointSource> _sources;

    // One for each source: while it is away, the watches of all queries know of each other, as those of a directory do.
    private readonly IReadOnlyList<FailedWatches> _failed;

    /// <exception cref="ArgumentException">There is no source.</exception>
    public SourceSet(IEnumerable<IEndpointSource> sources, TimeProvider? timeProvider)
    {
        ArgumentNullException.ThrowIfNull(sources);
        _sources = [.. sources];
        ArgumentOutOfRangeException.ThrowIfZero(_sources.Count, nameof(sources));
        var pauses = new EndpointDirectoryOptions();
        _failed = [.. _sources.Select(_ => FailedWatches.Of(pauses, timeProvider ?? TimeProvider.System, Random.Shared))];
    }

    public IEnumerable<string> Names => _sources.Select(static source => source.Name);

    /// <summary>Whether a source refuses the query, of whatever all of them failed with.</summary>
    public bool IsRefusal(ServiceQuery query, Exception error) =>
        error is AggregateException all && all.InnerExceptions.Any(one => _sources.Any(source => source.IsRefusal(query, one)));

    /// <summary>What each source has to say, in their order, whenever one of them has something new. All are followed until the reader ends.</summary>
    public async IAsyncEnumerable<IReadOnlyList<SourceReport>> WatchAsync(ServiceQuery query, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(query);
        var group = new SourceGroup(_sources, _failed, query, cancellationToken);
        await using (group.ConfigureAwait(false))
        {
            while (true)
            {
                yield return await group.NextAsync(cancellationToken).ConfigureAwait(false);
            }
        }
    }
}
