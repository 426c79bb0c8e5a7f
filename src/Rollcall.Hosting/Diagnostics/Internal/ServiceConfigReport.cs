using Rollcall.Discovery.Configuration.Live;

namespace Rollcall.Hosting.Diagnostics;

/// <summary>What is known of a live service config. Immutable.</summary>
/// <param name="Origin">Where the one in force comes from; null: there is none, and callers go by their own options.</param>
/// <param name="IsRead">Whether every place where one could be has answered.</param>
/// <param name="WithoutEffect">What callers pass over of the one in force.</param>
/// <param name="Refused">One that is wrong, and not in force; null: none.</param>
/// <param name="Failure">Why it can't be read at the moment; null: it can.</param>
internal sealed record ServiceConfigReport(string? Origin, bool IsRead, IReadOnlyList<string> WithoutEffect, ServiceConfigRefusal? Refused, FailureReport? Failure)
{
    public static ServiceConfigReport Of(ServiceConfigState state) => new(
        state.Origin,
        state.IsRead,
        [.. state.Config?.WithoutEffect.Select(static part => part.ToString()) ?? []],
        state.Refused,
        FailureReport.Of(state.Failure));
}
