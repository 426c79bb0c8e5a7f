using Rollcall.Discovery;

namespace Rollcall.Hosting.Diagnostics;

/// <summary>What is known of one query. Immutable.</summary>
/// <param name="Service">The service's name.</param>
/// <param name="Query">What is followed, as a target: <c>orders?tag=v1</c>.</param>
/// <param name="Source">Who is asked.</param>
/// <param name="List">The list in use; null: there is none yet.</param>
/// <param name="Watch">How it is followed.</param>
/// <param name="Callers">What each caller makes of it.</param>
internal sealed record ServiceReport(
    string Service, string Query, string Source, ListReport? List, WatchReport Watch, IReadOnlyList<CallerReport> Callers)
{
    public static ServiceReport Of(DirectoryDescription directory, ServiceDescription service) => new(
        service.Query.Name,
        service.Query.ToString(),
        directory.SourceName,
        service.Snapshot is { } snapshot ? ListReport.Of(snapshot, directory.Time) : null,
        new WatchReport(service.Restarts, FailureReport.Of(service.Failure), FailureReport.Of(service.LastFailure)),
        [.. service.Callers.Select(CallerReport.Of)]);
}
