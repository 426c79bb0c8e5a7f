using System.Runtime.CompilerServices;
using Rollcall.Discovery.Sources.Internal;

namespace Rollcall.Discovery.Sources;

/// <summary>
/// The list of the first source that answers, in their order: while one fails, that of the next, and its own again as soon as it is back. An empty
/// answer is an answer. All are followed all the time. Thread-safe.
/// </summary>
public sealed class FirstEndpointSource : IEndpointSource
{
    private readonly SourceSet _sources;

    /// <param name="sources">The preferred one first. Not disposed.</param>
    /// <param name="timeProvider">For the pauses before a source that failed is asked again: those of <see cref="EndpointDirectoryOptions"/>. Null: the system's.</param>
    /// <exception cref="ArgumentException">There is no source.</exception>
    public FirstEndpointSource(IEnumerable<IEndpointSource> sources, TimeProvider? timeProvider = null)
    {
        _sources = new SourceSet(sources, timeProvider);
        Name = string.Join(", else ", _sources.Names);
    }

    /// <inheritdoc/>
    public string Name { get; }

    /// <inheritdoc/>
    /// <exception cref="AggregateException">All sources fail (thrown while enumerating).</exception>
    public async IAsyncEnumerable<EndpointUpdate> WatchAsync(ServiceQuery query, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        EndpointUpdate? last = null;
        await foreach (var reports in _sources.WatchAsync(query, cancellationToken).ConfigureAwait(false))
        {
            // One that has neither answered nor failed yet is waited for: it may be the preferred one.
            var first = reports.FirstOrDefault(static report => report.Failure is null);
            if (first is null)
            {
                throw SourceGroup.AllFailed(query, reports);
            }

            if (first.Update is { } update && !ReferenceEquals(update, last))
            {
                last = update;

                // Indexes of different sources can't be compared.
                yield return new EndpointUpdate { Endpoints = update.Endpoints, Doubt = update.Doubt, Note = update.Note, Suspicion = first.Suspicion };
            }
        }
    }

    /// <inheritdoc/>
    public bool IsRefusal(ServiceQuery query, Exception error) => _sources.IsRefusal(query, error);
}
