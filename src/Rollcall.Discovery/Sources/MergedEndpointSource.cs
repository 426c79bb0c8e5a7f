using System.Collections.Immutable;
using System.Runtime.CompilerServices;
using Rollcall.Discovery.Sources.Internal;

namespace Rollcall.Discovery.Sources;

/// <summary>
/// The lists of several sources as one: while services move from one registry to another, for example. Of instances with the same id and address the
/// one of the first source counts. While a source fails, its last list is kept, and the whole is in doubt. Thread-safe.
/// </summary>
public sealed class MergedEndpointSource : IEndpointSource
{
    private readonly SourceSet _sources;

    /// <param name="sources">At least one. Not disposed.</param>
    /// <param name="timeProvider">For the pauses before a source that failed is asked again: those of <see cref="EndpointDirectoryOptions"/>. Null: the system's.</param>
    /// <exception cref="ArgumentException">There is no source.</exception>
    public MergedEndpointSource(IEnumerable<IEndpointSource> sources, TimeProvider? timeProvider = null)
    {
        _sources = new SourceSet(sources, timeProvider);
        Name = string.Join(" and ", _sources.Names);
    }

    /// <inheritdoc/>
    public string Name { get; }

    /// <inheritdoc/>
    /// <exception cref="AggregateException">No source has answered yet, and all fail (thrown while enumerating).</exception>
    public async IAsyncEnumerable<EndpointUpdate> WatchAsync(ServiceQuery query, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await foreach (var reports in _sources.WatchAsync(query, cancellationToken).ConfigureAwait(false))
        {
            if (reports.All(static report => report is { Update: null, Failure: not null }))
            {
                throw SourceGroup.AllFailed(query, reports);
            }

            // A list without those of a source that has not been heard of would look as if they were gone.
            if (reports.All(static report => report.Update is not null || report.Failure is not null))
            {
                yield return Merge(reports);
            }
        }
    }

    /// <inheritdoc/>
    public bool IsRefusal(ServiceQuery query, Exception error) => _sources.IsRefusal(query, error);

    private static EndpointUpdate Merge(IReadOnlyList<SourceReport> reports)
    {
        var endpoints = reports.SelectMany(static report => report.Update?.Endpoints ?? []).Distinct().ToImmutableArray();
        var doubts = reports.Where(static report => report.Failure is not null).Select(static report => $"{report.Source} can't be read: {report.Failure!.Message}")
            .Concat(reports.Select(static report => report.Update?.Doubt).OfType<string>());
        var notes = reports.Select(static report => report.Update?.Note).OfType<string>();
        return new EndpointUpdate
        {
            Endpoints = endpoints,
            Doubt = Join(doubts),
            Note = endpoints.IsEmpty ? Join(notes) : null,
            Suspicion = Join(reports.Select(static report => report.Suspicion).OfType<string>()),
        };
    }

    private static string? Join(IEnumerable<string> texts) => string.Join("; ", texts) is { Length: > 0 } text ? text : null;
}
