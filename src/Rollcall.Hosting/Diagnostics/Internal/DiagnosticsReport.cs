using Rollcall.Discovery;

namespace Rollcall.Hosting.Diagnostics;

/// <summary>What a process knows of the services that it calls. Immutable.</summary>
/// <param name="Time">When.</param>
/// <param name="Application">The application's name; null: it has none.</param>
/// <param name="ProcessId">Which process.</param>
/// <param name="Machine">On which machine.</param>
/// <param name="Services">Each query that is followed.</param>
internal sealed record DiagnosticsReport(
    DateTimeOffset Time, string? Application, int ProcessId, string Machine, IReadOnlyList<ServiceReport> Services)
{
    /// <param name="application">The application's name.</param>
    /// <param name="directories">All that the process has.</param>
    /// <param name="service">The one that is asked for; null or empty: all.</param>
    public static DiagnosticsReport Of(string? application, IReadOnlyList<DirectoryDescription> directories, string? service) => new(
        directories.Count > 0 ? directories[0].Time : TimeProvider.System.GetUtcNow(),
        application,
        Environment.ProcessId,
        Environment.MachineName,
        [
            .. from directory in directories
               from described in directory.Services
               where string.IsNullOrEmpty(service) || described.Query.Name == service
               select ServiceReport.Of(directory, described),
        ]);
}
