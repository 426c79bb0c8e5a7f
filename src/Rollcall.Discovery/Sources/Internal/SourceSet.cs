using System.Runtime.CompilerServices;
using Rollcall.Discovery.Internal;

namespace Rollcall.Discovery.Sources.Internal;

/// <summary>Sources that are read as one. Immutable and thread-safe.</summary>
internal sealed class SourceSet
{
    private readonly IReadOnlyList<IEndpointSource> _sources;
    private readonly RestartPause _pause;

    /// <exception cref="ArgumentException">There is no source.</exception>
    public SourceSet(IEnumerable<IEndpointSource> sources, TimeProvider? timeProvider)
    {
        ArgumentNullException.ThrowIfNull(sources);
        _sources = [.. sources];
        ArgumentOutOfRangeException.ThrowIfZero(_sources.Count, nameof(sources));
        _pause = new RestartPause(timeProvider ?? TimeProvider.System, Random.Shared);
    }

    public IEnumerable<string> Names => _sources.Select(static source => source.Name);

    /// <summary>What each source has to say, in their order, whenever one of them has something new. All are followed until the reader ends.</summary>
    public async IAsyncEnumerable<IReadOnlyList<SourceReport>> WatchAsync(ServiceQuery query, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(query);
        var group = new SourceGroup(_sources, query, _pause, cancellationToken);
        await using (group.ConfigureAwait(false))
        {
            while (true)
            {
                yield return await group.NextAsync(cancellationToken).ConfigureAwait(false);
            }
        }
    }
}
